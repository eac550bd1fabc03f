"""The resources of /api/v1, a module each, in the order in which the documentation lists them."""

RESOURCES = ("me", "health")

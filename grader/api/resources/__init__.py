"""The resources of /api/v1, a module each, in the order in which the documentation lists them."""

RESOURCES = (
    "courses",
    "enrolments",
    "submissions",
    "files",
    "runs",
    "grades",
    "overrides",
    "reviews",
    "regrades",
    "webhooks",
    "webhook_messages",
    "events",
    "me",
    "health",
)

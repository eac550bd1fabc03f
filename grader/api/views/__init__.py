"""Pages for people: the documentation, and tokens."""

"""The course format, answers as people type them, and the courses that come with the service."""

"""Learning management systems: telling them what happened here.

Owns webhook endpoints, messages and each try to deliver one. Reads the outbox of `grader.events` and may import every room
upstream; no room imports this one, so grading goes on whatever an LMS does. Start with `models.py`, then `webhooks/`.
"""

"""The outbox: facts for others to read, written in the transaction in which they happen, never changed.

Owns one append-only table and `services.event_add`. Knows no other room, so that each may write to it. Who is told of an
event, and how, is the business of `grader.lms`. Start with `models.py`.
"""

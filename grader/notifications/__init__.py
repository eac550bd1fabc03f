"""Mail to people: a result is ready, a review is answered, more time was given; and the links by which passwords are set.

Reads the outbox of `grader.events` and may import every room upstream; no room imports this one, so grading goes on whatever a
mail server does. An event becomes one row (`services.py`), the row one letter in the person's language (`letters.py`), and each
try to send it leaves a row. Start with `models.py`.
"""

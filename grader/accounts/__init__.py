"""People, their roles in courses, and logging in.

Owns the one rule of who sees what: every page and every API call starts from a queryset of `queries.py`, so what is not
one's own is not found. May import `assignments`; knows nothing of submissions or grades. Start with `models.py`, then
`queries.py`.
"""

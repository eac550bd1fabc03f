"""Adding a class at once: a file or pasted text is read (`table.py`), its columns are understood (`columns.py`), what it would
change is planned and shown (`plan.py`), and then all of it is done or nothing (`services.py`).
"""

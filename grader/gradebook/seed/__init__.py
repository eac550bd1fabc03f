"""A made-up class for looking at: every state of a gradebook, at any size, the same for the same number.

`people.py` makes names, `verdicts.py` the ways in which a task can end, `draw.py` decides by chance who did what (pure, no
database), `rows.py` writes that down in bulk, with the history that the database asks for. Nothing was run or judged, so no
receipt is signed and no event is told. Used by `manage.py seed_class` and `bench.gradebook`; start at `services.class_seed`.
"""

"""How submissions are run and judged. Start with `pipeline.py`, the order of a submission's way.

`tasks.py` and `sweeper.py` are the Celery side; `slots/` the places, `kernels/` how a notebook is run, `engines/` the
sandboxes. Trust is in the path: `zone_a_student/` runs beside hostile code, `zone_b_probe/` is our code in a fresh sandbox,
`zone_c_trusted/` decides. Imports the checks, the package, and the values of submissions; nobody imports the worker.
"""

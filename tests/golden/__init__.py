"""Notebooks in the manner of real students, and what is expected of every check on each.

A folder a case: `notebook.ipynb`, `answers.json` where something was typed, `expect.yaml` with the reason why the case is
here. A bug report becomes a folder. Numbers that depend on training stay far from their bounds, so that chance decides
nothing; a check whose outcome may go either way is written with `*`.
"""

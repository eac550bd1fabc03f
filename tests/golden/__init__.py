"""Notebooks in the manner of real students, and what is expected of every check on each.

A folder a case: `notebook.ipynb`, `answers.json` where something was typed, `expect.yaml` with the reason why the case is
here. A bug report becomes a folder. Numbers that depend on training stay far from their bounds, so that chance decides
nothing; a check whose outcome may go either way is written with `*`.

`by_hand.yaml` says what the notebook's writer thought that each task deserves, by the task's text and the rules alone, and
whether that was before the checks were read. Where the service judges otherwise, one of the two is wrong: the service is
mended, or `settled` in `expect.yaml` says by which rule the writer was. Expectations are never bent to what came out.

`./dev golden` grades all of them and prints a table; `ci: true` in `expect.yaml` marks the tenth that `./dev test` grades.
"""

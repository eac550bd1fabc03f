"""Zone B: our code in a fresh sandbox, with hidden inputs and without labels: rebuilds models, counts, predicts.

Mounted there as `_grader_probe`; start with `probe.py`. For each framework there is what stands between a student's file and
it (`keras_gate.py`, `torch_graph.py` with its list `torch_ops.py`) and what is read out of a rebuilt model (`keras_facts.py`,
`torch_facts.py`); `preparations.py` is the family of scalings.
"""

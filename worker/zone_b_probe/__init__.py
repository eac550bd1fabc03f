"""Zone B: our code in a fresh sandbox, with hidden inputs and without labels: rebuilds models, counts, predicts.

Mounted there as `_grader_probe`; start with `probe.py`. `keras_gate.py` is what stands between a student's configuration
and Keras; `preparations.py` the family of scalings.
"""

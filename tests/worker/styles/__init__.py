"""Ways in which students write models, a small file each: what becomes of them on the way from zone A to zone B.

`torch/` and `keras/` hold the styles as cells of a notebook; they use `nn`, `F`, `layers` and a batch `x` as if an earlier
cell had made them. `collected.py` runs the collector and the probe's code on all of a framework; `table.py` writes
docs/reference/model-styles.md.
"""

"""Zone C: what decides. `intake.py` takes bytes out of dead sandboxes, `evidence.py` turns them into values, `judge.py` asks
the checks, `verdicts.py` is the wire back; `hidden_data.py` makes the re-split and keeps the labels apart.
"""

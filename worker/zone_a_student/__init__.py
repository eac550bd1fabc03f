"""What runs beside hostile code, inside a student's sandbox: the kernel and the collector of evidence.

Mounted there as the package `_grader_kit`, so it imports nothing of ours but itself and no framework that the notebook
did not. Nothing it says is believed.
"""

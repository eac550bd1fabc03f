"""The checks room: evidence in, verdict out, tried with the least evidence that is valid (`makers.py`)."""

"""One module a kind of check; `grader.checks.registry` loads them all. To add one, copy a neighbour.

A module holds the frozen dataclass of its parameters and a pure function. Its codes are written as plain literals, so
that a test can find each of them in the catalogue. A kind never has only two outcomes: see `docs/reference/checks.md`.
"""

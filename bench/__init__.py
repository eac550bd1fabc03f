"""Benchmarks: ratios against a peer in the same run. Each file is a command of its own; figures go into docs."""

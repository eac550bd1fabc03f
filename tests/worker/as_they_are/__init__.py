"""Notebooks as students really send them, in the whole pipeline: what runs, what it earns, and what is said of it."""

"""Sentences for codes: what is wrong, where, what to do next, in the reader's language.

Verdicts, runs and refusals carry a code and values; only here do they become text, so an old verdict is readable in
either language and wording may improve; so do a course's mistakes, changes and proof (`values.Told`, written out by `say`).
Sentences stand in `ru/` and `en/`, the same file names, codes and placeholders in both; a distribution with check kinds of
its own has them in its `catalogue/`. Start with `sentences.py`; `exceptions.py` says what an exception usually means.
"""

from grader.catalogue.sentences import codes, render, say

__all__ = ["codes", "render", "say"]

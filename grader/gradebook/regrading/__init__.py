"""Changes of many grades that are looked at before they are made.

    scope.py     which submissions a regrade is about
    services.py  what a person does with one: start, apply, undo, drop
    steps.py     what it needs then, a batch at a time, each item in a transaction of its own
    preview.py   what a regrade changes, for its page: points before and after, and why
    tasks.py     the doorways of the queue: a step of one regrade, and a look at all

A regrade's runs are dry runs, which nobody's grade looks at. Applying makes a dry run speak for its submission
(`Submission.speaking_run`) and computes the grade anew; undoing lets speak what spoke before. Both may be killed at any
moment and gone on with: an item's state says what was done with it.
"""

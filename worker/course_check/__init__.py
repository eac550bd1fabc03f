"""Proves a package in the real sandbox: references earn full points, starters less, and every check can fail.

    cases     what is to be tried of an assignment: references over seeds, the starter, mutants of the reference and its answers
    mutants/  notebooks with one thing wrong, made from the reference by its syntax tree; typed.py: answers with one thing off
    keep      one JSON file a finished case, and the evidence of each training, so that a check can be stopped and gone on with
    run       tries cases through `worker.pipeline.grade`; answers that need no sandbox are judged here
    proofs    reproductions that a package ships: small programs whose runs over seeds show that a key holds
    found     what came of it: which check's verdict turned, what survived, pass rates with their intervals
    report    the same as Markdown

Imports the pipeline and the course format; nobody imports it but `manage.py course`. Start with `cases.py`.
"""

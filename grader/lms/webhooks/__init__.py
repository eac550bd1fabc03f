"""Signed webhooks (Standard Webhooks 1.0): events become messages, messages are delivered, each try leaves a row.

Owns which endpoint gets which message, signatures, and when a try is made again. Calls go out through `grader.http_out`
alone, which refuses private addresses. Start with `services.py`; `tasks.py` are the Celery doorways.
"""

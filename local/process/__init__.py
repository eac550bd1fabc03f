"""Processes that start in order, stop in order, and never outlive us.

Three layers see to the last: the supervisor stops what it started; each child asks the kernel for a signal when its
parent dies (`spawn`); and a small guard process, forked before anything else, kills whole sessions when the supervisor
is gone without a good-bye (`guard`), because a signal to a pool's parent does not always reach the pool.
Start reading at `supervisor`.
"""

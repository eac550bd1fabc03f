"""/api/v1: what machines may ask and do. Starts at `v1.py`; `access.py` says what a token may see.

Owns tokens, idempotent answers and what a course allows machines; everything else belongs to the rooms upstream, is read by their
queries and written by their services: a resource holds no rule of its own.

To add a resource:
1. `resources/NAME.py` with `routes = Routes("Heading")`, and its name in `resources/__init__.py`. One module, one kind of thing.
2. Its shape: a `Schema` with a docstring; public ids as `id`, scores as text (`decimal_text`), times as `datetime`, names of
   courses and assignments as slugs. A function `xs_shown(rows)` turns rows into it, with no query a row.
3. Rows come from `access.py` (`grades_for(request.auth)`), never from a model; none is `raise not_found()`. A list takes
   `paging: Paged` and returns `page_of(...)`, annotated `Page[X]`. Write addresses
   as `/courses/{slug:course}`, `/reviews/{public_id:review_id}`.
4. `@routes.get(path, gives=X, scopes=(Scope.GRADES_READ,))`; `post` is done once by an Idempotency-Key (`keyed="optional"` only
   where an own key of the object does the same); a change of something that is there declares `matched=True` and calls
   `match_required(request, x_shown(row))` under the lock. A PUT that makes what is not there declares `creates=True` and answers
   `Answer(shown, {"Location": …}, status=201)` then. The view's docstring is its documentation.
5. What can go wrong: `raise Problem(code, …)` with a code of `kinds.py`, named in `problems=(…)` of the route where the route
   alone doesn't tell; a field by `wrong_field("/name", "x.code", _("Sentence."))`. Texts by gettext, Russian too.
6. Writing: a service with `by=request.by`. `tests/api/test_every_route.py` asks for the new route's line.
"""

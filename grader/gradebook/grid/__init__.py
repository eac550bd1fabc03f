"""The gradebook's table: everybody by every assignment, in a constant number of queries and few bytes.

`rows.py` reads (tuples, no model instances: there are 11,000 cells at 500 by 22), `wanted.py` narrows and sorts by what the
address says, `markup.py` makes the cells. Whoever calls starts from `course_for`, which knows who may see the course.
"""

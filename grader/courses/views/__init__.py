"""The pages of courses, one module each."""

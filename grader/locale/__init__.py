"""The pages' texts in Russian and English. `python -m grader.locale.make` collects new ones and compiles; see README.md."""

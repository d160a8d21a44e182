"""Background work of this wing. Each task is a nudge: it looks at the database for what there is to do.

One module per room; Celery finds the tasks by the imports below.
"""

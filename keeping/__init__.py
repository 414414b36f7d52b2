"""Keeps jobs: what is to be heard while nobody waits, and what was heard until somebody reads it. Knows no door.

keeper.py is what doors meet (speech.jobs.Jobs). Nothing is imported here: a database is heavy.
"""

"""Plays a trial through the actions, so that audit, alerts, reminders and clocks are real.

Each person's course is a generator that yields the moment of its next step; the engine plays all of them in the order
of time. The same seed and the same end give the same trial, ids and recorded times aside.
"""

"""Individual case safety reports by ICH E2B(R3): what one says, how it is written, read, judged and acknowledged.

Nothing here knows Django or the database. Element numbers are ICH's own (C.1.1, E.i.2.1b …).
"""

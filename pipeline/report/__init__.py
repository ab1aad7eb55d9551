"""What people open in a browser: a page an episode, and a small site of all that may be shown.

:mod:`pipeline.report.read` takes from the tables what a page shows; what follows are pure renderers that
make the same bytes of the same tables. Plots for notebooks stand here too.
"""

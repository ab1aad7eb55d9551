"""The one client that talks to a wiki: ``bansou push`` and ``bansou pull``.

Pages come from :mod:`pipeline.export.pages`. The wiki is asked first; a page is written over only where it
still holds what was pushed last.
"""

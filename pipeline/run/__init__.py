"""Which episodes and stages are stale, running them, progress, lock, error report."""

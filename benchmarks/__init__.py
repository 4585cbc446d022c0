"""Measurements: us beside a peer or a limit, in one run, as ratios."""

"""What the machine has for a solve."""

import os


def cores() -> int:
    """Return how many cores this process may use, at most the 64 that a solve can take."""
    affinity = getattr(os, "sched_getaffinity", None)
    return min(64, len(affinity(0)) if affinity else os.cpu_count() or 1)

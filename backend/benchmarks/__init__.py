"""Benchmarks: how long the engine takes, beside baselines measured in the same run."""

"""Benchmarks: ratios to a bare floor measured in the same run, because machines are noisy."""

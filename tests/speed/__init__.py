"""Benchmarks in one process, without servers."""

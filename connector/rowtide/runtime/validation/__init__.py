"""Validation of connector configurations: framework options, transform chains, converters, client overrides."""

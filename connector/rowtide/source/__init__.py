"""The connectors: options, start-up, and the composition of snapshot, stream, schema history and envelope into a
task."""

"""The Connect worker: it runs connectors and knows none."""

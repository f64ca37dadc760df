"""Configurations and records by which Debezium's transforms are compared."""

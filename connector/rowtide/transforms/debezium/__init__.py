"""The transforms of Debezium, under its class names."""

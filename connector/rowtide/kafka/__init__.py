"""The broker: the only package that imports Kafka clients."""

"""The transforms and predicates of Apache Kafka."""

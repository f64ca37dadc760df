"""Configurations and records by which Kafka's transforms are compared."""


def both(name: str) -> tuple[str, str]:
    return f"{name}$Key", f"{name}$Value"

"""The races, and what each is to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rowtide_dev.bench.shapes import Orders, Shape, Updates, Wide

Payload = Literal["json", "schemas", "avro"]

# A transform that no native plan takes over, so it is Python that touches each record.
_TOUCHING = {
    "transforms": "touch",
    "transforms.touch.type": "org.apache.kafka.connect.transforms.Cast$Value",
    "transforms.touch.spec": "ts_ms:string",
}


@dataclass(frozen=True, slots=True)
class Workload:
    """One race.

    Attributes:
        snapshot: the table is copied, instead of its changes streamed.
        transaction: rows a transaction.
        share: of the rows that are asked for.
        rate_min: what the rate is to be, ours to the reference's; None where nothing is promised.
    """

    name: str
    title: str
    shape: Shape = field(default_factory=Orders)
    snapshot: bool = False
    transaction: int = 100
    payload: Payload = "json"
    config: Mapping[str, str] = field(default_factory=dict)
    share: float = 1.0
    rate_min: float | None = None


WORKLOADS = (
    Workload("json", "streaming, JSON", rate_min=10),
    Workload("schemas", "streaming, JSON with schema", payload="schemas", rate_min=8),
    Workload("avro", "streaming, Avro", payload="avro", rate_min=10),
    Workload("snapshot", "snapshot, JSON", snapshot=True, rate_min=8),
    Workload("single", "streaming, one row a transaction", transaction=1, share=0.25, rate_min=5),
    Workload("wide", "streaming, 100 columns", Wide(), share=0.125),
    Workload("tables", "streaming, 50 tables", Orders(50)),
    Workload("updates", "streaming, updates", Updates()),
    Workload("transform", "streaming, a transform in Python", config=_TOUCHING, share=0.5, rate_min=3),
)
CPU_MAX, MEMORY_MAX, LATENCY_MAX, PRODUCER_MIN = 0.1, 0.12, 0.03, 0.8
"""Ours to the reference's, of the first race; p99 of the latency; our rate to that of Java's producer alone."""


def connector_config(workload: Workload, registry: str) -> dict[str, str]:
    """What a workload sets of a connector."""
    config = {"producer.override.compression.type": "lz4", **workload.config}
    for part in ("key", "value"):
        if workload.payload == "avro":
            config[f"{part}.converter"] = "io.confluent.connect.avro.AvroConverter"
            config[f"{part}.converter.schema.registry.url"] = registry
        else:
            config[f"{part}.converter"] = "org.apache.kafka.connect.json.JsonConverter"
            config[f"{part}.converter.schemas.enable"] = str(workload.payload == "schemas").lower()
    return config

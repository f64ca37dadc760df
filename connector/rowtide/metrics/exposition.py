"""Turns samples of declared metrics into Prometheus' text format."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Kind(enum.Enum):
    GAUGE = "gauge"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """A metric's declaration.

    Attributes:
        name: as Prometheus shows it; a counter's ends in `_total`.
        labels: names of its labels, in order.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One value; `labels` are the values of the declaration's labels, in their order."""

    spec: MetricSpec
    value: float
    labels: tuple[str, ...] = ()


def render(samples: Iterable[Sample]) -> bytes:
    """The samples as text, grouped by metric in order of first appearance."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(list(samples)))
    return generate_latest(registry)


class _Once(Collector):
    def __init__(self, samples: list[Sample]) -> None:
        self._samples = samples

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
        for sample in self._samples:
            spec = sample.spec
            family = families.get(spec.name)
            if family is None:
                family = families[spec.name] = _family(spec)
            family.add_metric(sample.labels, sample.value)
        yield from families.values()


def _family(spec: MetricSpec) -> GaugeMetricFamily | CounterMetricFamily:
    if spec.kind is Kind.COUNTER:
        return CounterMetricFamily(spec.name.removesuffix("_total"), spec.help, labels=spec.labels)
    return GaugeMetricFamily(spec.name, spec.help, labels=spec.labels)

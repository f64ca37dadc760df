"""Applies a connector's transforms, in the order of its `transforms` option, each behind its predicate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from rowtide.config.definition import Type, parse_value
from rowtide.connect.plugins import Predicate, Transformation
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import SchemaType
from rowtide.connect.shape import ShapeError, Unknown
from rowtide.errors import ConfigError

T = TypeVar("T")

STAGE = "TRANSFORMATION"
"""The name of this stage in error messages, as Connect prints it."""


class StageRunner(Protocol):
    """Runs a step that has failed on one record under the connector's error tolerance."""

    def run(self, stage: str, class_name: str, step: Callable[[], T]) -> T:
        """The step's answer, which first raises what it has failed with. May call the step again, and raises what it
        finally failed with.
        """
        ...


class Plugins(Protocol):
    """Where transforms and predicates come from. Both raise ConfigError for a name that no plugin has."""

    def transformation(self, name: str) -> type[Transformation]: ...

    def predicate(self, name: str) -> type[Predicate]: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One transform of the chain.

    Attributes:
        class_name: as the configuration names it, for error messages.
        predicate: None to apply to every record.
        negate: apply where the predicate does not hold.
    """

    class_name: str
    transformation: Transformation
    predicate: Predicate | None = None
    negate: bool = False

    def apply(self, record: SourceRecord) -> SourceRecord | None:
        if self.predicate is not None and self.predicate.test(record) is self.negate:
            return record
        return self.transformation.apply(record)

    def of_shape(self, record: SourceRecord) -> SourceRecord | None:
        """As `apply`. Raises ShapeError where transform or predicate may look at values."""
        if self.predicate is not None:
            _require_blind(self.predicate)
            if self.predicate.test(record) is self.negate:
                return record
        _require_blind(self.transformation)
        return self.transformation.apply(record)


def _require_blind(plugin: Transformation | Predicate) -> None:
    # A subclass may do something else than the class that has said it.
    if type(plugin).__dict__.get("looks_at_values", True):
        raise ShapeError("looks at records one by one")


def _require_fields_to_see(record: SourceRecord) -> None:
    """Raises ShapeError for a key or value of unknown fields, since it is no Struct as it will be in records."""
    for part in (record.key, record.value):
        if isinstance(part, Unknown) and part.schema.type in (SchemaType.STRUCT, SchemaType.ARRAY, SchemaType.MAP):
            raise ShapeError(f"comes to a key or value that is {part.name}")


class TransformationChain:
    """Transforms in order; empty when the connector has none."""

    def __init__(self, steps: Sequence[Step] = ()) -> None:
        self._steps = tuple(steps)
        self._calls = tuple(
            (step.transformation.apply, None if step.predicate is None else step.predicate.test, step.negate, step)
            for step in steps
        )

    def __len__(self) -> int:
        return len(self._steps)

    def apply(self, record: SourceRecord, runner: StageRunner) -> SourceRecord | None:
        """The transformed record; None as soon as a transform drops it."""
        current = record
        for transform, predicate, negate, step in self._calls:
            try:
                if predicate is not None and predicate(current) is negate:
                    continue
                result = transform(current)
            except Exception as error:  # noqa: BLE001 - plugins raise what they like
                result = runner.run(STAGE, step.class_name, _again(step, current, error))
            if result is None:
                return None
            current = result
        return current

    def transformed(self, record: SourceRecord) -> SourceRecord | None:
        """As `apply`, without tolerance for errors."""
        current: SourceRecord | None = record
        for step in self._steps:
            if current is None:
                return None
            current = step.apply(current)
        return current

    def of_shape(self, record: SourceRecord) -> SourceRecord | None:
        """What becomes of a record whose values are not known. Raises ShapeError where they decide it."""
        current: SourceRecord | None = record
        for step in self._steps:
            if current is None:
                return None
            try:
                _require_fields_to_see(current)
                current = step.of_shape(current)
            except ShapeError as error:
                raise ShapeError(f"{step.class_name} {error}") from error
            except Exception as error:
                raise ShapeError(f"{step.class_name} fails with it: {error}") from error
        return current

    def close(self) -> None:
        """Closes transforms and predicates, each once, all of them even if one fails.

        Raises:
            ExceptionGroup: of what failed.
        """
        plugins: dict[int, Transformation | Predicate] = {}
        for step in self._steps:
            plugins[id(step.transformation)] = step.transformation
            if step.predicate is not None:
                plugins[id(step.predicate)] = step.predicate
        failures = []
        for plugin in plugins.values():
            try:
                plugin.close()
            except Exception as error:  # noqa: BLE001 - the others are to be closed too
                failures.append(error)
        if failures:
            raise ExceptionGroup("transforms could not be closed", failures)


def _again(step: Step, record: SourceRecord, error: Exception) -> Callable[[], SourceRecord | None]:
    """A step that has failed, as if it were done for the first time."""
    failures = [error]

    def call() -> SourceRecord | None:
        if failures:
            raise failures.pop()
        return step.apply(record)

    return call


def build_chain(config: Mapping[str, str], plugins: Plugins) -> TransformationChain:
    """The chain that `transforms` and `predicates` of a connector's configuration describe.

    Raises:
        ConfigError: an alias is given twice or has no type, a class or predicate is unknown, or a plugin refuses its
            options.
    """
    predicates = {alias: _build_predicate(config, alias, plugins) for alias in _aliases(config, "predicates")}
    return TransformationChain(
        [_build_step(config, alias, predicates, plugins) for alias in _aliases(config, "transforms")]
    )


def _build_predicate(config: Mapping[str, str], alias: str, plugins: Plugins) -> Predicate:
    prefix = f"predicates.{alias}."
    predicate = plugins.predicate(_required(config, prefix + "type"))()
    predicate.configure(_options(config, prefix, omit=("type",)))
    return predicate


def _build_step(config: Mapping[str, str], alias: str, predicates: Mapping[str, Predicate], plugins: Plugins) -> Step:
    prefix = f"transforms.{alias}."
    class_name = _required(config, prefix + "type")
    transformation = plugins.transformation(class_name)()
    transformation.configure(_options(config, prefix, omit=("type", "predicate", "negate")))
    wanted = config.get(prefix + "predicate")
    if wanted is not None and wanted not in predicates:
        raise ConfigError(f"Invalid value {wanted} for configuration {prefix}predicate: not among the 'predicates'.")
    negate = parse_value(prefix + "negate", config.get(prefix + "negate", "false"), Type.BOOLEAN)
    if wanted is None and negate:
        raise ConfigError(
            f"Config '{prefix}negate' was provided but there is no config '{prefix}predicate' defining a predicate "
            "to be negated."
        )
    return Step(class_name, transformation, None if wanted is None else predicates[wanted], bool(negate))


def _aliases(config: Mapping[str, str], option: str) -> list[str]:
    parsed = parse_value(option, config.get(option, ""), Type.LIST)
    aliases = [str(alias) for alias in parsed] if isinstance(parsed, list) else []
    if len(set(aliases)) != len(aliases):
        raise ConfigError(f"Invalid value {config[option]} for configuration {option}: Duplicate alias provided.")
    return aliases


def _required(config: Mapping[str, str], name: str) -> str:
    value = (config.get(name) or "").strip()
    if not value:
        raise ConfigError(f'Missing required configuration "{name}" which has no default value.')
    return value


def _options(config: Mapping[str, str], prefix: str, omit: Sequence[str]) -> dict[str, str]:
    options = {name.removeprefix(prefix): value for name, value in config.items() if name.startswith(prefix)}
    return {name: value for name, value in options.items() if name not in omit}

"""Puts one task together from its configurations and runs it to its end."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

from rowtide.connect.plugins import Offset, Predicate, SourceTask, Transformation
from rowtide.errors import ConfigError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.plugins import PluginKind, PluginRegistry, load
from rowtide.runtime.task.clients import TaskClients
from rowtide.runtime.task.commit import Committer
from rowtide.runtime.task.control import Control
from rowtide.runtime.task.encoder import TaskEncoder, build_converters
from rowtide.runtime.task.loop import LAST_COMMIT, CommitTimes, TaskLoop
from rowtide.runtime.task.offsets import LayeredOffsets
from rowtide.runtime.task.sender import BatchSender, DestinationTopics
from rowtide.runtime.task.spec import STOPPED, TaskSpec
from rowtide.runtime.task.status import Progress, StatusPipe
from rowtide.runtime.task.tolerance import ErrorOptions, ErrorTolerance
from rowtide.runtime.validation.options import framework_options
from rowtide.transforms.chain import build_chain

_log = logging.getLogger(__name__)


def run_task(spec: TaskSpec, control: Control, status: StatusPipe, progress: Progress) -> int:
    """Runs the task until it is stopped or has failed, and reports either; answers the process's exit code."""
    try:
        assembly = _Assembly(spec, control, status, progress)
    except Exception as error:  # noqa: BLE001 - every one is reported
        _log.error("task %s cannot be set up: %s", spec.label, error)
        status.failed(error, version=spec.version)
        return 1
    return assembly.run()


class TaskRuntime:
    """What a task may ask of the runtime (TaskContext)."""

    def __init__(self, spec: TaskSpec, offsets: LayeredOffsets, control: Control) -> None:
        self.connector_name = spec.connector
        self.task_id = spec.task_id
        self._offsets = offsets
        self._control = control

    def offset(self, partition: Mapping[str, object]) -> Offset | None:
        return self._offsets.offset(partition)

    def stopping(self) -> bool:
        return self._control.stopping


class _Assembly:
    def __init__(self, spec: TaskSpec, control: Control, status: StatusPipe, progress: Progress) -> None:
        self._spec = spec
        self._control = control
        self._status = status
        self._progress = progress
        registry = PluginRegistry.declared()
        self._worker = WorkerConfig(spec.worker_config, registry.config_provider)
        self._connector = self._worker.resolver.resolve(_given(spec.connector_config))
        self._options = framework_options(registry).parse(self._connector)
        self._refuse_exactly_once()
        self._task = _load_task(spec.task_type)
        converters = build_converters(self._connector, self._worker.resolved, registry)
        self._chain = build_chain(self._connector, _ChainPlugins(registry))
        encoder = TaskEncoder(converters, self._chain if len(self._chain) else None)
        clients = TaskClients(self._worker, self._connector, spec.connector, spec.task_id)
        creator = clients.topic_creator()
        topics = DestinationTopics(
            None if creator is None else creator.ensure,
            status.topics if self._worker.flag("topic.tracking.enable") else None,
        )
        self._offsets, self._writer = clients.offsets()
        self._producer = clients.record_producer(self._waits_end)
        self._loop = TaskLoop(
            self._task,
            BatchSender(self._chain, encoder, self._tolerance(), self._producer, topics),
            Committer(spec.label, self._producer, self._writer, topics.acknowledging),
            control,
            _Versioned(status, spec.version),
            progress,
            CommitTimes(
                self._worker.seconds("offset.flush.interval.ms"), self._worker.seconds("offset.flush.timeout.ms")
            ),
        )

    def run(self) -> int:
        failure: BaseException | None = None
        try:
            self._loop.run(
                self._worker.resolver.resolve(_given(self._spec.task_config)),
                TaskRuntime(self._spec, self._offsets, self._control),
            )
        except BaseException as error:  # noqa: BLE001 - every one is reported
            failure = error
            _log.exception("task %s failed", self._spec.label)
        self._loop.finish(failed=failure is not None)
        if failure is not None:
            self._status.failed(failure, version=self._spec.version)
        self._close()
        self._status.heartbeat(*self._progress.stage, self._progress.metrics)
        if failure is None:
            self._status.state(STOPPED, version=self._spec.version)
        return 0 if failure is None else 1

    def _close(self) -> None:
        self._progress.enter("stop")
        steps: list[Callable[[], object]] = [self._task.stop] if self._loop.started else []
        steps += [self._chain.close, partial(self._writer.close, 0), partial(self._producer.close, 0)]
        for step in steps:
            try:
                step()
            except Exception:  # noqa: BLE001 - what one leaves behind must not keep the others open
                _log.exception("task %s did not stop cleanly", self._spec.label)

    def _waits_end(self) -> bool:
        # Whatever waits for the brokers is given up at a stop, but for the last commit, which has its own time limit.
        return self._control.stopping and self._progress.stage[0] != LAST_COMMIT

    def _tolerance(self) -> ErrorTolerance:
        return ErrorTolerance(self._spec.label, ErrorOptions.of(self._options), self._control)

    def _refuse_exactly_once(self) -> None:
        if self._options["exactly.once.support"] == "required":
            raise ConfigError("exactly.once.support=required: this worker delivers at least once so far.")


class _Versioned:
    """Adds the connector's version to the states that the loop reports."""

    def __init__(self, status: StatusPipe, version: str | None) -> None:
        self._status = status
        self._version = version

    def state(self, state: str, *, trace: str | None = None, version: str | None = None) -> None:
        self._status.state(state, trace=trace, version=version or self._version)


class _ChainPlugins:
    """Installed transforms and predicates by name."""

    def __init__(self, registry: PluginRegistry) -> None:
        self._registry = registry

    def transformation(self, name: str) -> type[Transformation]:
        return cast("type[Transformation]", self._find(PluginKind.TRANSFORMATION, name))

    def predicate(self, name: str) -> type[Predicate]:
        return cast("type[Predicate]", self._find(PluginKind.PREDICATE, name))

    def _find(self, kind: PluginKind, name: str) -> type:
        plugin = self._registry.find(kind, name)
        if plugin is None:
            raise ConfigError(f"Class {name} could not be found: no {kind.value} of that name is installed.")
        return cast("type", load(plugin))


def _given(config: Mapping[str, str]) -> dict[str, str]:
    """Without the nulls that a stored configuration may hold."""
    return {name: value for name, value in config.items() if value is not None}


def _load_task(task_type: str) -> SourceTask:
    """Raises ConfigError when `module:Class` names no SourceTask."""
    module_name, _, class_name = task_type.partition(":")
    try:
        cls = getattr(importlib.import_module(module_name), class_name)
    except Exception as error:
        raise ConfigError(f"The task's class {task_type} cannot be loaded: {error}") from error
    if not (isinstance(cls, type) and issubclass(cls, SourceTask)):
        raise ConfigError(f"The task's class {task_type} is not a SourceTask.")
    return cls()

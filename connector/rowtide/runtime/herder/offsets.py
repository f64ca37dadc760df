"""Alters and resets the stored offsets of a stopped connector, once the connector has agreed."""

from __future__ import annotations

from rowtide.connect.plugins import SourceConnector
from rowtide.errors import BadRequestError, ConfigError, ConnectError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.herder.connector_offsets import Changes, ConnectorOffsets
from rowtide.runtime.plugins import PluginRegistry
from rowtide.runtime.storage.snapshot import Config


class OffsetEditor:
    """Waits for the offsets topic and perhaps the connector's source: for a pool, never for the herder's thread."""

    def __init__(self, config: WorkerConfig, registry: PluginRegistry, offsets: ConnectorOffsets) -> None:
        self._config = config
        self._registry = registry
        self._offsets = offsets

    def alter(self, name: str, raw: Config, changes: Changes) -> str:
        """Stores the offsets and answers the sentence that REST prints.

        Raises:
            BadRequestError: the connector refuses them.
            ConnectError: the connector cannot check offsets, or they could not be stored.
        """
        checked = self._ask(name, raw, changes)
        self._offsets.write(name, raw, changes)
        return _sentence("altered", checked)

    def reset(self, name: str, raw: Config) -> str:
        """Deletes every known offset of the connector; as `alter` else."""
        changes: Changes = [(partition, None) for partition, _ in self._offsets.read(name, raw)]
        checked = self._ask(name, raw, changes)
        if changes:
            self._offsets.write(name, raw, changes)
        return _sentence("reset", checked)

    def _ask(self, name: str, raw: Config, changes: Changes) -> bool:
        try:
            resolved = self._config.resolver.resolve({k: v for k, v in raw.items() if v is not None})
            connector: SourceConnector = self._registry.connector(resolved.get("connector.class", "").strip())()
        except ConfigError as error:
            raise BadRequestError(str(error)) from error
        try:
            return connector.alter_offsets(resolved, changes)
        except NotImplementedError:
            raise ConnectError(
                f"Failed to modify offsets for connector {name} because it doesn't support external modification of "
                "offsets"
            ) from None


def _sentence(verb: str, checked: bool) -> str:
    if checked:
        return f"The offsets for this connector have been {verb} successfully"
    return (
        f"The Connect framework-managed offsets for this connector have been {verb} successfully. However, if this "
        f"connector manages offsets externally, they will need to be manually {verb} in the system that the connector "
        "uses."
    )

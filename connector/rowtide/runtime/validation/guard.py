"""What the worker keeps connectors from: client settings by its policy, files outside of its allowed paths."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rowtide.config.definition import ConfigKey, ConfigValue
from rowtide.config.providers import AllowedPaths
from rowtide.errors import ConfigError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.validation.overrides import check_overrides
from rowtide.runtime.worker_options import override_policy

PATHS_OPTION = "connector.allowed.paths"

_NAMES_A_FILE = re.compile(
    r"(.*\.)?(location|filename|file|file\.path|directory|database\.ssl\.(key|trust)store|sasl\.kerberos\.keytab)"
)
_KEY_TAB = re.compile(r"""\bkeyTab\s*=\s*["']?([^"';\s]+)""", re.IGNORECASE)


class ConnectorGuard:
    """Immutable. Configurations come in resolved."""

    def __init__(self, worker: WorkerConfig) -> None:
        """Raises ConfigError when an allowed path does not exist."""
        self._policy = override_policy(worker["connector.client.config.override.policy"])
        self._allowlist = worker.items("connector.client.config.override.allowlist")
        paths = worker.items(PATHS_OPTION)
        self._paths = AllowedPaths(",".join(paths), PATHS_OPTION) if paths else None

    def overrides(self, config: Mapping[str, str | None]) -> list[tuple[ConfigKey, ConfigValue]]:
        """One entry a client setting, with the policy's objections."""
        return check_overrides(config, self._policy, self._allowlist)

    def refused_files(self, config: Mapping[str, str | None]) -> dict[str, str]:
        """What is wrong with options that name files, by option."""
        if self._paths is None:
            return {}
        found = {}
        for name, value in config.items():
            for path in _paths(name, value or ""):
                if not self._paths.contain(path):
                    found[name] = (
                        f"Invalid value for configuration {name}: the file is not below {PATHS_OPTION} of the worker"
                    )
        return found

    def check(self, config: Mapping[str, str | None]) -> None:
        """Before something is started: its configuration may have come into the topic by a worker that allows more.

        Raises:
            ConfigError: with all objections.
        """
        objections = [error for _, value in self.overrides(config) for error in value.errors]
        objections += self.refused_files(config).values()
        if objections:
            raise ConfigError("\n".join(objections))


def _paths(name: str, value: str) -> list[str]:
    if name.endswith("sasl.jaas.config"):
        return _KEY_TAB.findall(value)
    return [value] if _NAMES_A_FILE.fullmatch(name) and value.strip() else []

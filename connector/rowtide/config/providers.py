"""Config providers: values that a configuration names as `${provider:[path:]key}` and that live elsewhere.

The classes stand in for Kafka's own under their Java names. Messages and logs name providers, paths and keys, never
values.
"""

from __future__ import annotations

import logging
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar

from rowtide.config.properties import read_properties
from rowtide.config.secrets import SECRETS
from rowtide.errors import ConfigError

log = logging.getLogger(__name__)

V = TypeVar("V", str, "str | None")

PLACEHOLDER = re.compile(r"\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}")
"""Provider name, optional path, key; as Kafka's ConfigTransformer reads them."""

_JAVA = "org.apache.kafka.common.config.provider."
_MAX_FILE_BYTES = 16 * 1024 * 1024
"""A secret is small; a larger file was named by mistake."""


class ConfigProvider(ABC):
    """A source of values. Used from any thread; `get` may read files but does not wait on a network for long."""

    def configure(self, params: Mapping[str, str]) -> None:  # noqa: B027 - optional hook
        """Called once with the `config.providers.<name>.param.` options without that prefix. Raises ConfigError."""

    @abstractmethod
    def get(self, path: str, keys: Collection[str]) -> Mapping[str, str]:
        """The values of those keys that exist. Raises ConfigError when the path cannot be used."""

    def close(self) -> None:  # noqa: B027 - optional hook
        """Called once when the worker stops."""


class EnvVarConfigProvider(ConfigProvider):
    """Environment variables: `${env:NAME}`; `allowlist.pattern` restricts the names (whole-name match)."""

    def __init__(self) -> None:
        self._allowed = re.compile(".*")

    def configure(self, params: Mapping[str, str]) -> None:
        pattern = params.get("allowlist.pattern")
        if pattern is None:
            return
        try:
            self._allowed = re.compile(pattern)
        except re.error as error:
            raise ConfigError(f"The provider option allowlist.pattern is not a regular expression: {error}") from None

    def get(self, path: str, keys: Collection[str]) -> Mapping[str, str]:
        if path:
            raise ConfigError(f"Path is not supported for EnvVarConfigProvider, invalid value '{path}'")
        return {key: os.environ[key] for key in keys if key in os.environ and self._allowed.fullmatch(key)}


class FileConfigProvider(ConfigProvider):
    """Entries of properties files: `${file:/path/file.properties:key}`; `allowed.paths` restricts the paths."""

    def __init__(self) -> None:
        self._allowed = AllowedPaths("")

    def configure(self, params: Mapping[str, str]) -> None:
        self._allowed = AllowedPaths(params.get("allowed.paths", ""))

    def get(self, path: str, keys: Collection[str]) -> Mapping[str, str]:
        if not path or not self._allowed.permits(path):
            return {}
        entries = read_properties(path)
        return {key: entries[key] for key in keys if key in entries}


class DirectoryConfigProvider(ConfigProvider):
    """Files of a directory, one a key: `${dir:/path:file-name}`; a value is the file's whole text.

    This is how orchestrators mount secrets. `allowed.paths` restricts the paths.
    """

    def __init__(self) -> None:
        self._allowed = AllowedPaths("")

    def configure(self, params: Mapping[str, str]) -> None:
        self._allowed = AllowedPaths(params.get("allowed.paths", ""))

    def get(self, path: str, keys: Collection[str]) -> Mapping[str, str]:
        if not path or not self._allowed.permits(path):
            return {}
        directory = Path(path)
        if not directory.is_dir():
            raise ConfigError(f"The path {path} is not a directory; name the folder that holds one file a key.")
        return {key: _file_text(directory / key) for key in keys if _is_plain_file(directory, key)}


def _is_plain_file(directory: Path, key: str) -> bool:
    # A key with separators would escape the directory that was allowed.
    return bool(key) and key not in (".", "..") and "/" not in key and (directory / key).is_file()


def _file_text(file: Path) -> str:
    try:
        if file.stat().st_size > _MAX_FILE_BYTES:
            raise ConfigError(f"The file {file} is larger than {_MAX_FILE_BYTES} bytes; it cannot be a setting.")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"Could not read file {file}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"The file {file} is not UTF-8 at byte {error.start}.") from None


class AllowedPaths:
    """The absolute paths below which something may be read; an empty list allows all."""

    def __init__(self, text: str, option: str = "allowed.paths") -> None:
        """Raises ConfigError, with the option's name, when a path is not absolute or does not exist."""
        self._roots: list[Path] = []
        for item in filter(None, (item.strip() for item in text.split(","))):
            root = Path(item)
            if not root.is_absolute():
                raise ConfigError(f"Path {item} in {option} is not absolute.")
            if not root.exists():
                raise ConfigError(f"Path {item} in {option} does not exist.")
            self._roots.append(root.resolve())

    def contain(self, path: str) -> bool:
        """Whether a path is below one of them, links followed; all are if there are none."""
        resolved = Path(path).resolve()
        return not self._roots or any(resolved.is_relative_to(root) for root in self._roots)

    def permits(self, path: str) -> bool:
        """As `contain`, and logs what is not."""
        if self.contain(path):
            return True
        log.error("the path %s is not below allowed.paths, its variables stay unresolved", path)
        return False


BUILT_IN: Mapping[str, type[ConfigProvider]] = {
    _JAVA + cls.__name__: cls for cls in (EnvVarConfigProvider, FileConfigProvider, DirectoryConfigProvider)
}


def built_in_provider(java_class: str) -> type[ConfigProvider] | None:
    return BUILT_IN.get(java_class)


class ConfigResolver:
    """Replaces the placeholders in configurations by what the providers answer."""

    def __init__(self, providers: Mapping[str, ConfigProvider]) -> None:
        self._providers = providers

    @classmethod
    def from_properties(
        cls,
        properties: Mapping[str, str],
        find_class: Callable[[str], type[ConfigProvider] | None] = built_in_provider,
    ) -> ConfigResolver:
        """The providers that `config.providers` and `config.providers.<name>.class` and `.param.*` declare.

        Raises:
            ConfigError: a declared provider has no class, an unknown one, or wrong parameters.
        """
        providers: dict[str, ConfigProvider] = {}
        for name in filter(None, (item.strip() for item in properties.get("config.providers", "").split(","))):
            prefix = f"config.providers.{name}."
            java_class = properties.get(f"{prefix}class", "").strip()
            if not java_class:
                raise ConfigError(f"config.providers names '{name}' but {prefix}class is missing.")
            provider_type = find_class(java_class)
            if provider_type is None:
                raise ConfigError(
                    f"Invalid value {java_class} for configuration {prefix}class: no such config provider."
                )
            provider = provider_type()
            params = f"{prefix}param."
            provider.configure({k[len(params) :]: v for k, v in properties.items() if k.startswith(params)})
            providers[name] = provider
        return cls(providers)

    def resolve(self, config: Mapping[str, V]) -> dict[str, V]:
        """The configuration with its placeholders replaced; a variable that nobody knows stays as it is written.

        Values that come out of a provider are not looked at again. They, and values of secret options, are kept out of
        logs from now on.

        Raises:
            ConfigError: a provider cannot read the path that a value names.
        """
        resolved = self._resolve(config)
        SECRETS.learn(config, resolved)
        return resolved

    def _resolve(self, config: Mapping[str, V]) -> dict[str, V]:
        wanted: dict[tuple[str, str], set[str]] = {}
        for value in config.values():
            for match in PLACEHOLDER.finditer(value or ""):
                if match[1] in self._providers:
                    wanted.setdefault((match[1], match[3] or ""), set()).add(match[4])
        if not wanted:
            return dict(config)
        found = {(name, path): self._providers[name].get(path, keys) for (name, path), keys in wanted.items()}

        def replace(match: re.Match[str]) -> str:
            values = found.get((match[1], match[3] or ""), {})
            return values.get(match[4], match[0])

        return {name: PLACEHOLDER.sub(replace, value) if value else value for name, value in config.items()}

    def close(self) -> None:
        for provider in self._providers.values():
            provider.close()


def has_placeholder(value: str | None) -> bool:
    return bool(value) and PLACEHOLDER.search(value or "") is not None

"""Reads the login configuration file of Java (JAAS) as far as it is needed: one module of one entry.

Format: javax.security.auth.login.Configuration: `Entry { module.Class required option="value" ...; };`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rowtide.errors import ConfigError

_TOKEN = re.compile(
    r"""\s+ | //[^\n]* | /\*.*?\*/ | (?P<quoted>"(?:[^"\\\n]|\\.)*") | (?P<mark>[{};=]) | (?P<word>[^\s{};="]+)""",
    re.VERBOSE | re.DOTALL,
)
_FLAGS = frozenset({"required", "requisite", "sufficient", "optional"})


@dataclass(frozen=True, slots=True)
class JaasModule:
    """A login module's class name, and its options."""

    name: str
    options: Mapping[str, str] = field(repr=False)


def read_entry(path: str, entry: str) -> JaasModule:
    """The only module of an entry. Raises ConfigError, which never repeats a value of the file."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The JAAS file {path} cannot be read: {error}") from error
    modules = _Parser(text, path).entries().get(entry)
    if modules is None:
        raise ConfigError(f"The JAAS file {path} has no entry {entry}.")
    if len(modules) != 1:
        raise ConfigError(f"The JAAS file {path} has {len(modules)} modules in the entry {entry}; give it one.")
    return modules[0]


class _Parser:
    def __init__(self, text: str, path: str) -> None:
        self._path = path
        self._text = text
        self._tokens = list(self._split())
        self._at = 0

    def entries(self) -> dict[str, list[JaasModule]]:
        found: dict[str, list[JaasModule]] = {}
        while self._at < len(self._tokens):
            name = self._next()
            self._expect("{")
            modules = []
            while not self._take("}"):
                modules.append(self._module())
            self._expect(";")
            found[name] = modules
        return found

    def _module(self) -> JaasModule:
        name = self._next()
        if self._next().lower() not in _FLAGS:
            raise self._wrong()
        options = {}
        while not self._take(";"):
            option = self._next()
            self._expect("=")
            options[option] = self._next()
        return JaasModule(name, options)

    def _split(self) -> Iterator[tuple[str, bool]]:
        """Words and marks, each with whether it is a mark."""
        at = 0
        while at < len(self._text):
            match = _TOKEN.match(self._text, at)
            if match is None:
                raise ConfigError(f"The JAAS file {self._path} has a quotation mark without its other one.")
            at = match.end()
            if match["mark"]:
                yield match["mark"], True
            elif match["quoted"]:
                yield re.sub(r"\\(.)", r"\1", match["quoted"][1:-1]), False
            elif match["word"]:
                yield match["word"], False

    def _next(self) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at][1]:
            raise self._wrong()
        self._at += 1
        return self._tokens[self._at - 1][0]

    def _take(self, mark: str) -> bool:
        there = self._at < len(self._tokens) and self._tokens[self._at] == (mark, True)
        self._at += there
        return there

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise self._wrong()

    def _wrong(self) -> ConfigError:
        return ConfigError(
            f"The JAAS file {self._path} is not well-formed at its word {self._at + 1}.",
            hint='An entry is: KafkaConnect { module.Class required option="value"; };',
        )

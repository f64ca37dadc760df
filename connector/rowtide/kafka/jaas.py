"""Parses `sasl.jaas.config`: one login module of a Java client, as the credentials a Python client takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rowtide.errors import ConfigError

_SETTING = "sasl.jaas.config"
_MODULES = ("PlainLoginModule", "ScramLoginModule", "OAuthBearerLoginModule", "Krb5LoginModule")
_OPTION = re.compile(r"""\s*([\w.\-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))""", re.DOTALL)
_HEAD = re.compile(r"\s*([\w.$]+)\s+(required|requisite|sufficient|optional)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LoginModule:
    """One entry of a JAAS configuration.

    Attributes:
        name: the class's name without its package.
        options: what follows the control flag, unquoted. Not shown by repr, as it holds passwords.
    """

    name: str
    options: Mapping[str, str] = field(repr=False)


def parse(text: str) -> LoginModule:
    """The login module that `text` names, e.g. `org....PlainLoginModule required username="u" password="p";`.

    Raises:
        ConfigError: `text` is not one entry of a JAAS configuration, or the module has no counterpart here. The message
            never repeats the text, since it holds a password.
    """
    head = _HEAD.match(text)
    if head is None:
        raise ConfigError(f'{_SETTING}: expected `<login module> required name="value" ...;`.')
    name = head.group(1).rpartition(".")[2]
    if name not in _MODULES:
        raise ConfigError(
            f"{_SETTING}: login module {head.group(1)} is not supported; use one of {', '.join(_MODULES)}."
        )
    return LoginModule(name, _options(text, head.end()))


def _options(text: str, at: int) -> dict[str, str]:
    options: dict[str, str] = {}
    while match := _OPTION.match(text, at):
        name, double, single, bare = match.groups()
        if bare is None:
            options[name] = re.sub(r"\\(.)", r"\1", double if double is not None else single, flags=re.DOTALL)
        else:
            options[name] = bare
        at = match.end()
    if text[at:].strip() != ";":
        raise ConfigError(f"{_SETTING}: the options must be name=value pairs that end with one ';'.")
    return options

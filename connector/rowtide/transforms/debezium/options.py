"""Options as Debezium's transforms declare, check and read them.

Debezium declares them to Connect almost without checks, so that a wrong value is refused by the transform itself when
the task starts, in one of two ways: `Settings.checked` and `Settings.recorded`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rowtide.config.definition import ConfigDef, ConfigKey, Importance, Type, Width
from rowtide.connect.java import hash_map_order
from rowtide.connect.plugins import Config, Transformation
from rowtide.errors import ConfigError
from rowtide.transforms.java_conversion import parse_float, parse_integer
from rowtide.transforms.java_regex import compile_regex
from rowtide.transforms.kafka.declare import invalid, java_split

Check = Callable[[str | None], str | None]
"""Takes the text of an option, None where it has neither value nor default; answers what is wrong."""


@dataclass(frozen=True, slots=True)
class Option:
    """Attributes: checks: in the order in which they are asked."""

    key: ConfigKey
    checks: tuple[Check, ...] = ()

    @property
    def default_text(self) -> str | None:
        default = self.key.default
        if isinstance(default, list):
            return ",".join(default)
        if isinstance(default, bool):
            return str(default).lower()
        return None if default is None else str(default)

    def problems(self, config: Config) -> list[str]:
        text = config.get(self.key.name, self.default_text)
        found = (check(text) for check in (_TYPE_CHECKS.get(self.key.type), *self.checks) if check is not None)
        return [problem for problem in found if problem is not None]


def option(
    name: str,
    display_name: str,
    documentation: str,
    *checks: Check,
    type_: Type = Type.STRING,
    default: object = None,
    importance: Importance = Importance.LOW,
    width: Width = Width.NONE,
) -> Option:
    key = ConfigKey(name, type_, default, documentation, importance, None, None, 1, width, display_name)
    return Option(key, checks)


def definition(*options: Option) -> ConfigDef:
    return ConfigDef([each.key for each in options])


def required(text: str | None) -> str | None:
    return None if text is not None and text.strip() else "A value is required"


def one_of(*accepted: str, needed: bool = True) -> Check:
    """The values are listed in the order of a HashSet, as Debezium prints them."""
    listed = ", ".join(hash_map_order(accepted))

    def check(text: str | None) -> str | None:
        if needed if text is None else text.strip().lower() not in accepted:
            return f"Value must be one of {listed}"
        return None

    return check


def regex(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        compile_regex(text, "")
    except ConfigError as error:
        return f"A valid regular expressions is expected, but {error.__cause__ or error}"
    return None


def no_empty_item(text: str | None) -> str | None:
    return "Empty string element(s) not permitted" if text is not None and "" in items(text) else None


def no_space_in_items(text: str | None) -> str | None:
    if text is not None and any(" " in item for item in items(text)):
        return "Element(s) containing space not permitted"
    return None


def positive(text: str | None) -> str | None:
    if text is None or (parse_integer(text, 32) or 0) > 0:
        return None
    return "A positive, non-zero integer value is expected"


def items(text: str) -> list[str]:
    """A comma-separated list, each item trimmed; empty ones at its end are left out."""
    return [item.strip() for item in java_split(text, ",")]


def _boolean(text: str | None) -> str | None:
    if text is None or text.strip().lower() in ("true", "false"):
        return None
    return "Either 'true' or 'false' is expected"


def _integer(text: str | None) -> str | None:
    return None if text is None or parse_integer(text, 32) is not None else "An integer is expected"


def _double(text: str | None) -> str | None:
    return None if text is None or parse_float(text) is not None else "A double value is expected"


_TYPE_CHECKS: Mapping[Type, Check] = {Type.BOOLEAN: _boolean, Type.INT: _integer, Type.DOUBLE: _double}


class Settings:
    """A transform's configuration, read by its options."""

    def __init__(self, options: Sequence[Option], config: Config) -> None:
        self._options = {each.key.name: each for each in options}
        self._config = config

    @property
    def given(self) -> Config:
        """The configuration as it was given."""
        return self._config

    def checked(self, *names: str) -> Settings:
        """These settings, once the named options (all, where none is named) have been found right.

        Raises:
            ConfigError: about the first of them that is wrong, in Debezium's words.
        """
        for name in hash_map_order(names or self._options):
            problems = self._options[name].problems(self._config)
            if problems:
                sentence = f"The '{name}' value is invalid: {problems[0]}"
                raise ConfigError(invalid(name, self._config.get(name), sentence))
        return self

    def recorded(self, refusal: str = "Unable to validate config.", *names: str) -> Settings:
        """As `checked`, but with a refusal that says no more; what is wrong, which Debezium only logs, follows it."""
        problems = [
            f"The '{name}' value {_shown(self._config.get(name))}is invalid: {problem}."
            for name in names or self._options
            for problem in self._options[name].problems(self._config)
        ]
        if problems:
            raise ConfigError(refusal, hint=" ".join(problems))
        return self

    def __contains__(self, name: str) -> bool:
        return name in self._config

    def text(self, name: str) -> str | None:
        """The value as it was given, or the default's text."""
        return self._config.get(name, self._options[name].default_text)

    def required_text(self, name: str) -> str:
        """As `text`, of an option that has been checked or has a default."""
        text = self.text(name)
        assert text is not None
        return text

    def choice(self, name: str) -> str:
        """The value of an option of a few words, in lower case."""
        return self.required_text(name).strip().lower()

    def flag(self, name: str) -> bool:
        """Anything but `true` and `false` counts as the default."""
        given = (self._config.get(name) or "").strip().lower()
        return given == "true" if given in ("true", "false") else bool(self._options[name].key.default)

    def number(self, name: str) -> int:
        """Anything but a 32-bit number counts as the default."""
        given = parse_integer(self._config.get(name, ""), 32)
        default = self._options[name].key.default
        if given is not None:
            return given
        assert isinstance(default, int)
        return default

    def items(self, name: str) -> list[str]:
        """The items of a list that was given, without regard to the default."""
        given = self._config.get(name)
        return [] if given is None else items(given)


def _shown(text: str | None) -> str:
    return "" if text is None else f"'{text}' "


class DebeziumTransformation(Transformation):
    """A transform with options.

    Attributes:
        options: those that it declares.
        undeclared: those that it reads nevertheless, as Debezium does.
    """

    options: tuple[Option, ...] = ()
    undeclared: tuple[Option, ...] = ()

    @classmethod
    def config_def(cls) -> ConfigDef:
        return definition(*cls.options)

    def configure(self, config: Config) -> None:
        """Raises ConfigError for what is missing or wrong."""
        self.set_up(Settings((*self.options, *self.undeclared), config))

    def set_up(self, settings: Settings) -> None:
        """Reads the settings, which are still to be checked. Raises ConfigError."""

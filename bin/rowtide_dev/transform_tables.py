"""The lists of transforms and predicates in docs/transforms.md, as the classes declare themselves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import groupby

from rowtide.config.definition import ConfigKey
from rowtide.runtime.plugins import Plugin, PluginKind, PluginRegistry, load

OWN = "rowtide."


def sections(kind: PluginKind, table: Callable[[Iterable[ConfigKey]], str]) -> str:
    """A heading, a sentence and a table of options for each class of ours; `$Key` and `$Value` share theirs."""
    own = [plugin for plugin in PluginRegistry.installed().of_kind(kind) if load(plugin).__module__.startswith(OWN)]
    groups = [list(group) for _, group in groupby(own, key=lambda plugin: plugin.java_class.partition("$")[0])]
    return "\n\n".join(_section(group, table) for group in groups)


def _section(plugins: list[Plugin], table: Callable[[Iterable[ConfigKey]], str]) -> str:
    first = plugins[0]
    names = [f"`{plugin.java_class}`" for plugin in plugins]
    keys = list(first.config_def())
    options = table(keys) if keys else "No options."
    heading = first.java_class.partition("$")[0].rpartition(".")[2]
    return f"### {heading}\n\n{' and '.join(names)}\n\n{_sentence(load(first))}\n\n{options}"


def _sentence(cls: type) -> str:
    """The first paragraph of what the class, or the one of its module that it is made of, or the module says."""
    module = sys.modules[cls.__module__].__doc__ or ""
    own = next((each.__doc__ for each in cls.__mro__ if each.__module__ == cls.__module__ and each.__doc__), None)
    text = " ".join((own or module.partition(": ")[2] or module).partition("\n\n")[0].split())
    return text[:1].upper() + text[1:]

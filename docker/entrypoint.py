"""Starts the worker: with the properties file that is given, or with one made from the environment.

    docker run rowtide                       worker properties from variables that begin with CONNECT_
    docker run rowtide /path/to/worker.properties
    docker run rowtide COMMAND...            any other command of `rowtide`, such as --version

CONNECT_GROUP_ID becomes group.id: the rest of the name in lower case, `_` for `.`, `__` for `_` and `___` for `-`. As
in Debezium's image, BOOTSTRAP_SERVERS, GROUP_ID, CONFIG_STORAGE_TOPIC, OFFSET_STORAGE_TOPIC and STATUS_STORAGE_TOPIC
do without the CONNECT_.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PREFIX = "CONNECT_"
UNPREFIXED = (
    "BOOTSTRAP_SERVERS",
    "GROUP_ID",
    "CONFIG_STORAGE_TOPIC",
    "OFFSET_STORAGE_TOPIC",
    "STATUS_STORAGE_TOPIC",
    "KEY_CONVERTER",
    "VALUE_CONVERTER",
)
DEFAULTS = {
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
}


def properties(environment: Mapping[str, str]) -> dict[str, str]:
    """Worker properties named by the environment, over the image's defaults."""
    found = dict(DEFAULTS)
    for name in UNPREFIXED:
        if name in environment:
            found[property_name(name)] = environment[name]
    for name, value in environment.items():
        if name.startswith(PREFIX):
            found[property_name(name.removeprefix(PREFIX))] = value
    return found


def property_name(variable: str) -> str:
    """The property that a variable without its prefix stands for."""
    name = variable.lower().replace("___", "-").replace("__", "\0").replace("_", ".")
    return name.replace("\0", "_")


def escaped(value: str) -> str:
    """A value as a properties file has it."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def main(arguments: list[str]) -> None:
    if arguments and not arguments[0].endswith(".properties"):
        command = ["rowtide", *arguments]
    elif arguments:
        command = ["rowtide", "worker", *arguments]
    else:
        lines = [f"{name}={escaped(value)}\n" for name, value in sorted(properties(os.environ).items())]
        folder = Path(tempfile.mkdtemp(prefix="rowtide-"))  # readable by us alone, for it may hold passwords
        file = folder / "connect-distributed.properties"
        file.write_text("".join(lines), encoding="utf-8")
        command = ["rowtide", "worker", str(file)]
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])

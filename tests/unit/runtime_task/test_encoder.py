"""Converters: whose options they get, and what the encoder makes of a record with them."""

from __future__ import annotations

import pytest

from rowtide.connect.plugins import Converter
from rowtide.connect.record import EncodedRecord, Header, SourceRecord
from rowtide.connect.schema import STRING
from rowtide.errors import ConfigError, DataError
from rowtide.runtime.plugins import Plugin, PluginKind, PluginRegistry
from rowtide.runtime.task.control import Control
from rowtide.runtime.task.encoder import Converters, TaskEncoder, build_converters
from rowtide.runtime.task.tolerance import ErrorOptions, ErrorTolerance, SkipRecord


class Shout(Converter):
    def configure(self, config, *, is_key):
        self.options, self.is_key = dict(config), is_key

    def from_connect(self, topic, schema, value):
        if value == "bad":
            raise DataError("cannot shout this")
        return None if value is None else f"{topic}:{value}".upper().encode()

    def to_connect(self, topic, data):
        raise NotImplementedError


class Whisper(Shout):
    pass


def registry() -> PluginRegistry:
    classes = {"a.ShoutConverter": Shout, "a.WhisperConverter": Whisper}
    kinds = (PluginKind.CONVERTER, PluginKind.HEADER_CONVERTER)
    return PluginRegistry(
        [Plugin(name, kind, "1", lambda cls=cls: cls) for name, cls in classes.items() for kind in kinds]
    )


WORKER = {
    "key.converter": "a.ShoutConverter",
    "value.converter": "a.ShoutConverter",
    "value.converter.volume": "11",
    "header.converter": "a.WhisperConverter",
}


def test_connector_without_converters_gets_the_workers_with_their_options():
    converters = build_converters({}, WORKER, registry())
    assert (type(converters.key), type(converters.value), type(converters.header)) == (Shout, Shout, Whisper)
    assert converters.value.options == {"volume": "11", "converter.type": "value"}
    assert converters.key.options == {"converter.type": "key"}
    assert (converters.key.is_key, converters.value.is_key) == (True, False)


def test_own_converter_inherits_no_option_of_the_workers():
    converters = build_converters({"value.converter": "Whisper", "value.converter.tone": "low"}, WORKER, registry())
    assert type(converters.value) is Whisper
    assert converters.value.options == {"tone": "low", "converter.type": "value"}


def test_options_without_an_own_converter_do_not_reach_the_workers():
    converters = build_converters({"value.converter.volume": "3"}, WORKER, registry())
    assert converters.value.options["volume"] == "11"


@pytest.mark.parametrize(
    ("connector", "worker", "expected"),
    [
        ({"key.converter": "org.example.Missing"}, WORKER, "Class org.example.Missing could not be found"),
        ({}, {}, 'Missing required configuration "key.converter"'),
    ],
)
def test_missing_converter_is_refused(connector, worker, expected):
    with pytest.raises(ConfigError, match=expected):
        build_converters(connector, worker, registry())


def encoder() -> TaskEncoder:
    converters = build_converters({}, WORKER, registry())
    return TaskEncoder(Converters(converters.key, converters.value, converters.header))


def record(value: object, timestamp: int | None = None, header: str = "h") -> SourceRecord:
    headers = (Header("x", STRING, header), Header("y", None, None))
    return SourceRecord("t", 3, STRING, "k", STRING, value, headers, timestamp)


def both_ways(source: SourceRecord) -> EncodedRecord:
    tolerant = encoder().encode_tolerantly(source, ErrorTolerance("c-0", ErrorOptions(), Control()))
    assert encoder().encode(source) == tolerant
    return tolerant


def test_every_part_is_encoded_by_its_converter():
    assert both_ways(record("v", 5)) == EncodedRecord("t", 3, b"T:K", b"T:V", [("x", b"T:H"), ("y", None)], 5)


def test_tombstone_stays_one():
    assert both_ways(record(None)).value is None


@pytest.mark.parametrize(("given", "expected"), [(None, None), (-1, None), (0, 0), (7, 7)])
def test_missing_timestamp_is_none(given, expected):
    assert both_ways(record("v", given)).timestamp == expected


def test_negative_timestamp_is_refused():
    with pytest.raises(DataError, match="Invalid record timestamp -2"):
        encoder().encode(record("v", -2))


@pytest.mark.parametrize(
    ("source", "stage"), [(record("bad"), "VALUE_CONVERTER"), (record("v", header="bad"), "HEADER_CONVERTER")]
)
def test_failure_names_its_stage(caplog, source, stage):
    tolerance = ErrorTolerance("c-0", ErrorOptions(skip=True, log=True), Control())
    with pytest.raises(SkipRecord):
        encoder().encode_tolerantly(source, tolerance)
    assert f"Executing stage '{stage}'" in caplog.text

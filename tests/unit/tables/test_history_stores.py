"""What every history store promises, on those that need no broker; the one on Kafka is in tests/integration/tables."""

import pytest

from rowtide.errors import ConfigError, SchemaError
from rowtide.tables.history import FileHistoryStore, KafkaHistoryStore, MemoryHistoryStore
from tests.unit.tables.history_store_contract import HistoryStoreContract


class TestMemoryStore(HistoryStoreContract):
    @pytest.fixture
    def store(self):
        return MemoryHistoryStore()


class TestFileStore(HistoryStoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        return FileHistoryStore(str(tmp_path / "made" / "history.dat"))

    def test_another_store_on_the_file_reads_it(self, tmp_path):
        first = FileHistoryStore(str(tmp_path / "h"))
        first.append('{"a":1}')
        assert list(FileHistoryStore(str(tmp_path / "h")).read()) == ['{"a":1}']
        assert (tmp_path / "h").read_bytes() == b'{"a":1}\n'

    def test_a_line_that_was_only_begun_is_left_out(self, tmp_path):
        (tmp_path / "h").write_bytes(b'{"a":1}\n\n{"b":2}\n{"c"')
        assert list(FileHistoryStore(str(tmp_path / "h")).read()) == ['{"a":1}', '{"b":2}']

    def test_a_file_that_cannot_be_written_is_named(self, tmp_path):
        (tmp_path / "h").mkdir()
        with pytest.raises(SchemaError, match=r"schema\.history\.internal\.file\.filename"):
            FileHistoryStore(str(tmp_path / "h")).append("x")

    def test_a_name_is_required(self):
        with pytest.raises(ConfigError, match=r"file\.filename is required"):
            FileHistoryStore(" ")


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({}, r"schema\.history\.internal\.kafka\.topic is required"),
        ({"schema.history.internal.kafka.topic": "t"}, r"kafka\.bootstrap\.servers is required"),
        (
            {
                "schema.history.internal.kafka.topic": "t",
                "schema.history.internal.kafka.bootstrap.servers": "b:1",
                "schema.history.internal.kafka.recovery.attempts": "many",
            },
            r"recovery\.attempts=many is not a whole number",
        ),
    ],
)
def test_kafka_store_names_the_option_that_is_wrong(config, complaint):
    with pytest.raises(ConfigError, match=complaint):
        KafkaHistoryStore.from_config(config, "c")

"""What a run of the benchmark makes of its figures."""

from __future__ import annotations

import os

import pytest

from rowtide_dev.bench import __main__ as program
from rowtide_dev.bench import limits
from rowtide_dev.bench.figures import OURS, REFERENCE, Latency, Limit, Throughput
from rowtide_dev.bench.report import Results, checks, table
from rowtide_dev.bench.stack import as_kafka_starts_it
from rowtide_dev.bench.usage import Usage
from rowtide_dev.errors import DevError


@pytest.fixture
def results() -> Results:
    made = Results(3, 0.2, latency_rate=5000)
    made.rows["json"] = 400_000
    made.throughput["json"] = {
        REFERENCE: Throughput(40_000, 30_000, 30, 1900),
        OURS: Throughput(300_000, 200_000, 2.7, 190),
    }
    made.latency = {REFERENCE: Latency(440, 700, 760, 5000, 0), OURS: Latency(4, 8, 30, 5000, 0)}
    made.limits = [Limit(limits.OURS, 300_000, 5), Limit(limits.CONNECTS, 900_000, 5)]
    return made


def test_median_is_taken_of_each_figure_by_itself():
    runs = [Throughput(1, 30, 5, 9), Throughput(3, 10, 6, 8), Throughput(2, 20, 4, 7)]
    assert Throughput.median(runs) == Throughput(2, 20, 5, 8)


def test_median_of_limits_keeps_their_title():
    runs = [Limit("a", 1, 30), Limit("a", 3, 10), Limit("a", 2, 20)]
    assert Limit.median(runs) == Limit("a", 2, 20)


def test_javas_producer_has_the_settings_of_ours():
    settings = limits.our_settings()
    assert settings["acks"] == "all"
    assert settings["compression.type"] == "lz4"
    assert settings["enable.idempotence"] == "true"
    assert int(settings["buffer.memory"]) > 1 << 20
    assert settings.keys() >= {"linger.ms", "batch.size", "max.in.flight.requests.per.connection"}


def test_latency_takes_percentiles_of_all_rows_and_counts_the_missing():
    one = Latency.of([float(number) for number in range(100, 0, -1)], 5000.0, 2)
    assert (one.p50, one.p95, one.p99) == (51, 96, 100)
    assert Latency.median([one, one, Latency(1, 2, 3, 4000, 1)]).missing == 5


def test_promises_are_judged_by_ratios(results):
    seen = {check.what: (round(check.seen, 3), check.kept) for check in checks(results)}
    assert seen == {
        "streaming, JSON: rate": (7.5, False),
        "processor time a row": (0.09, True),
        "resident memory": (0.1, True),
        "rate to Java's producer alone": (1.0, True),
        "p99 of the latency": (0.039, False),
    }


def test_table_shows_both_sides_and_their_ratio(results):
    lines = table(results).splitlines()
    race = next(line for line in lines if line.startswith("| streaming, JSON"))
    assert "| 400,000 | 40,000 | 300,000 | 7.5 | 30.0 | 2.7 | 0.09 | 1,900 | 190 | 0.1 |" in race
    assert "| ratio | 0.009 | 0.011 | 0.039 |  |  |" in lines
    results.throughput["json"].pop(REFERENCE)
    assert "|  | 300,000 |  |" in table(results)


def test_figures_of_a_busy_machine_are_marked_and_never_documented(results, tmp_path):
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{program.BEGIN}\nold\n{program.END}\nafter\n")
    program.write_docs(results, page)
    written = page.read_text()
    assert "streaming, JSON" in written
    assert "old" not in written
    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
    results.load_before = 3.0
    with pytest.raises(DevError, match="busy"):
        program.write_docs(results, page)
    assert page.read_text() == written
    assert "not to be kept" in table(results)


def test_documentation_has_the_place_for_figures():
    text = program.DOCS.read_text()
    assert text.index(program.BEGIN) < text.index(program.END)


def test_unknown_race_is_refused(capsys):
    with pytest.raises(SystemExit):
        program.main(["jason"])
    assert "no race is named jason" in capsys.readouterr().err


def test_usage_counts_processor_time_and_memory():
    usage = Usage(os.getpid())
    spent = sum(number * number for number in range(2_000_000))
    usage.look()
    assert spent > 0
    assert usage.cpu_s >= 0.05
    assert 10 < usage.peak_mb < 10_000
    usage.restart()
    assert usage.cpu_s < 0.05
    assert usage.peak_mb == 0


def test_java_runs_with_the_memory_of_kafkas_scripts():
    command = ["java", "-Xmx768m", "-XX:+UseSerialGC", "-cp", "x", "kafka.Kafka"]
    made = as_kafka_starts_it(command, ["-Xmx2G"])
    assert made[:2] == ["java", "-Xmx2G"]
    assert "-XX:+UseSerialGC" not in made
    assert "-Xmx768m" not in made
    assert made[-3:] == ["-cp", "x", "kafka.Kafka"]

"""A pytest plugin that lets no run pass in which a test was skipped, or none ran."""

from __future__ import annotations

import pytest

LISTED_MAX = 20


class StrictRun:
    def __init__(self) -> None:
        self._ran = 0
        self._skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self._skipped.append(report.nodeid)
        elif report.when == "call":
            self._ran += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._skipped.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) and self._problems():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for problem in self._problems():
            terminalreporter.write_line(problem, red=True)

    def _problems(self) -> list[str]:
        problems = [] if self._ran else ["no test ran"]
        if self._skipped:
            problems.append(f"{len(self._skipped)} skipped, and a skipped test proves nothing:")
            problems += [f"    {name}" for name in self._skipped[:LISTED_MAX]]
        return problems


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(StrictRun(), "rowtide-strict-run")

import threading

import pytest

from rowtide.errors import ConfigError
from rowtide.runtime.worker.connectors import ConnectorLaunch, ConnectorRunner
from tests.connectors.counter import CounterConnector


class Heard:
    def __init__(self):
        self.events = []
        self._changed = threading.Condition()

    def on_connector_state(self, runner, state, trace):
        self._add(state if trace is None else (state, trace.splitlines()[0]))

    def on_connector_tasks(self, runner, configs):
        self._add([config["counter"] for config in configs])

    def _add(self, event):
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait(self, *expected):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.events) >= len(expected), 5), self.events
        assert self.events == list(expected)


@pytest.fixture
def run():
    runners = []

    def start(target="STARTED", connector=CounterConnector, **config):
        heard = Heard()
        config = {"topic": "t", **{name.replace("_", "."): value for name, value in config.items()}}
        runner = ConnectorRunner(ConnectorLaunch("c", connector, config, target), heard)
        runners.append(runner)
        runner.start()
        return runner, heard

    yield start
    for runner in runners:
        runner.request_stop()
        assert runner.join(5)


def test_a_started_connector_runs_and_divides_its_work(run):
    _, heard = run(tasks_max="3", tasks="2")
    heard.wait("RUNNING", ["c", "c1"])


def test_a_paused_connector_divides_nothing_until_it_is_resumed(run):
    runner, heard = run("PAUSED")
    heard.wait("PAUSED")
    runner.move_to("STARTED")
    heard.wait("PAUSED", "RUNNING", ["c"])
    runner.move_to("STOPPED")
    heard.wait("PAUSED", "RUNNING", ["c"], "STOPPED")


def test_a_failed_connector_stays_failed_but_can_be_stopped(run):
    runner, heard = run(fail_connector="true")
    failed = ("FAILED", "rowtide.errors.ConfigError: fail.connector is true.")
    heard.wait(failed)
    runner.move_to("PAUSED")
    runner.move_to("STARTED")
    runner.move_to("STOPPED")
    heard.wait(failed, "STOPPED")


class Greedy(CounterConnector):
    def task_configs(self, max_tasks, config):
        return [{"counter": str(i)} for i in range(max_tasks + 1)]


def test_too_many_tasks_fail_the_connector_unless_that_is_allowed(run):
    _, heard = run(connector=Greedy)
    text = "rowtide.errors.ConnectError: The connector c has generated 2 tasks, which is greater than 1, the maximum "
    text += "number of tasks it is configured to create. Raise tasks.max, or set tasks.max.enforce to false."
    heard.wait("RUNNING", ("FAILED", text))
    _, allowed = run(connector=Greedy, tasks_max_enforce="false")
    allowed.wait("RUNNING", ["0", "1"])


def test_a_connector_may_ask_for_a_new_division(run):
    runner, heard = run()
    heard.wait("RUNNING", ["c"])
    runner.divide()
    heard.wait("RUNNING", ["c"], ["c"])


class Stubborn(CounterConnector):
    leave = threading.Event()

    def start(self, config, request_reconfiguration):
        self.leave.wait(10)
        raise ConfigError("late")


def test_a_connector_that_hangs_is_abandoned_and_not_heard_of_again(run):
    runner, heard = run(connector=Stubborn)
    runner.request_stop()
    assert runner.join(0.05) is False
    Stubborn.leave.set()
    assert runner.join(5)
    assert heard.events == []

import pytest

from tests.integration.runtime.conftest import settled, until

pytestmark = pytest.mark.kafka

INVALID = """Connector configuration is invalid and contains the following 1 error(s):
Invalid value  for configuration name: String may not be empty
You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`"""
JSON = {"Content-Type": "application/json"}


def error(response):
    assert list(response.json()) == ["error_code", "message"]
    assert response.json()["error_code"] == response.status_code
    return response.status_code, response.json()["message"]


def test_root_names_a_connect_version_and_the_cluster(rest):
    body = rest("GET", "/").json()
    assert list(body) == ["version", "commit", "kafka_cluster_id"]
    assert body["version"] == "4.3.1"
    assert len(body["kafka_cluster_id"]) > 10


def test_health(rest):
    response = rest("GET", "/health")
    message = "Worker has completed startup and is ready to handle requests."
    assert (response.status_code, response.json()) == (200, {"status": "healthy", "message": message})


def test_a_connectors_life(rest, name):
    created = rest.create(name, count=3, **{"tasks.max": 1})
    config = {"connector.class": "Counter", "topic": f"{name}-data", "count": "3", "tasks.max": "1", "name": name}
    assert created.status_code == 201
    assert created.headers["Location"] == f"{rest.url}/connectors/{name}"
    assert created.json() == {"name": name, "config": config, "tasks": [], "type": "source"}
    rest.await_states(name, "RUNNING", "RUNNING")
    assert name in rest("GET", "/connectors").json()
    info = {"name": name, "config": config, "tasks": [{"connector": name, "task": 0}], "type": "source"}
    assert rest("GET", f"/connectors/{name}/").json() == info
    assert rest("GET", f"/connectors/{name}/config").json() == config
    worker_id = rest.url.removeprefix("http://")
    state = {"state": "RUNNING", "worker_id": worker_id, "version": "1.2.3"}
    status = {"name": name, "connector": state, "tasks": [{"id": 0, **state}], "type": "source"}
    assert rest.status(name) == status
    assert rest("GET", f"/connectors/{name}/tasks/0/status").json() == {"id": 0, **state}
    tasks = rest("GET", f"/connectors/{name}/tasks").json()
    assert [task["id"] for task in tasks] == [{"connector": name, "task": 0}]
    assert tasks[0]["config"]["task.class"] == "org.example.CounterTask"
    expanded = rest("GET", "/connectors?expand=info&expand=status").json()
    assert expanded[name] == {"info": info, "status": status}
    until(lambda: rest("GET", f"/connectors/{name}/topics").json() == {name: {"topics": [f"{name}-data"]}})
    assert rest("DELETE", f"/connectors/{name}").status_code == 204
    until(lambda: rest("GET", f"/connectors/{name}/status").status_code == 404)
    assert error(rest("GET", f"/connectors/{name}")) == (404, f"Connector {name} not found")


def test_what_exists_cannot_be_created_again(rest, name):
    rest.create(name)
    assert error(rest.create(name)) == (409, f"Connector {name} already exists")


def test_put_creates_and_updates(rest, name):
    path = f"/connectors/{name}/config"
    config = {"connector.class": "org.example.CounterConnector", "topic": f"{name}-data", "count": 1}
    created = rest("PUT", path, config)
    assert (created.status_code, created.headers["Location"]) == (201, f"{rest.url}/connectors/{name}")
    rest.await_states(name, "RUNNING", "RUNNING")
    updated = rest("PUT", path, {**config, "count": 2, "tasks.max": 2, "tasks": 2})
    assert updated.status_code == 200
    assert updated.json()["tasks"] == [{"connector": name, "task": 0}]
    rest.await_states(name, "RUNNING", "RUNNING", "RUNNING")
    assert rest("GET", path).json()["count"] == "2"


def test_patch_merges_and_null_removes(rest, name):
    rest.create(name, count=3, counter="x")
    patched = rest("PATCH", f"/connectors/{name}/config", {"count": 4, "counter": None})
    expected = {"connector.class": "Counter", "topic": f"{name}-data", "count": "4", "name": name}
    assert (patched.status_code, patched.json()["config"]) == (200, expected)
    until(lambda: [task["config"]["count"] for task in rest("GET", f"/connectors/{name}/tasks").json()] == ["4"])
    assert error(rest("PATCH", "/connectors/none/config", {"a": "b"})) == (404, "Connector none not found")


@pytest.mark.parametrize("state", ["PAUSED", "stopped"])
def test_a_connector_may_begin_in_another_state(rest, name, state):
    config = {"connector.class": "Counter", "topic": f"{name}-data"}
    body = {"name": name, "config": config, "initial_state": state}
    assert rest("POST", "/connectors", body).status_code == 201
    rest.await_states(name, state.upper())
    assert rest("GET", f"/connectors/{name}/tasks").json() == []


def test_pause_resume_and_stop(rest, name):
    rest.create(name)
    rest.await_states(name, "RUNNING", "RUNNING")
    for action, code, states in [
        ("pause", 202, ("PAUSED", "PAUSED")),
        ("resume", 202, ("RUNNING", "RUNNING")),
        ("stop", 204, ("STOPPED",)),
        ("resume", 202, ("RUNNING", "RUNNING")),
    ]:
        response = rest("PUT", f"/connectors/{name}/{action}")
        assert (response.status_code, response.content) == (code, b"")
        rest.await_states(name, *states)


def test_restarts(rest, name):
    rest.create(name)
    rest.await_states(name, "RUNNING", "RUNNING")
    assert rest("POST", f"/connectors/{name}/restart").status_code == 204
    assert rest("POST", f"/connectors/{name}/tasks/0/restart").status_code == 204
    rest.await_states(name, "RUNNING", "RUNNING")
    starts = rest.metric("kafka_connect_worker_task_startup_attempts_total")
    planned = rest("POST", f"/connectors/{name}/restart?includeTasks=TRUE")
    assert planned.status_code == 202
    assert planned.json()["connector"]["state"] == "RESTARTING"
    assert planned.json()["tasks"][0]["state"] == "RESTARTING"
    until(lambda: rest.metric("kafka_connect_worker_task_startup_attempts_total") > starts)
    rest.await_states(name, "RUNNING", "RUNNING")
    nothing = rest("POST", f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true")
    assert (nothing.status_code, nothing.json()["tasks"][0]["state"]) == (202, "RUNNING")
    assert error(rest("POST", f"/connectors/{name}/tasks/9/restart")) == (404, f"Unknown task: {name}-9")


def test_a_connector_that_cannot_start_is_failed_and_says_why(rest, name):
    rest.create(name, **{"fail.connector": "true"})
    rest.await_states(name, "FAILED")
    assert "ConfigError: fail.connector is true." in rest.status(name)["connector"]["trace"]
    rest("PATCH", f"/connectors/{name}/config", {"fail.connector": None})
    rest.await_states(name, "RUNNING", "RUNNING")


def test_a_task_that_cannot_start_is_failed_until_it_is_restarted(rest, name):
    rest.create(name, count=100, **{"fail.at": 3})
    rest.await_states(name, "RUNNING", "FAILED")
    assert "told to fail at 3." in rest.status(name)["tasks"][0]["trace"]
    rest("PATCH", f"/connectors/{name}/config", {"fail.at": 5})
    until(lambda: "told to fail at 5." in rest.status(name)["tasks"][0].get("trace", ""))
    rest("POST", f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true")
    until(lambda: rest.states(name)[1] != "RESTARTING")
    rest.await_states(name, "RUNNING", "FAILED")


def test_offsets_of_a_stopped_connector_can_be_altered_and_reset(rest, name):
    path = f"/connectors/{name}/offsets"
    rest.create(name, count=4, counter="c1")
    stored = {"offsets": [{"partition": {"counter": "c1"}, "offset": {"position": 4}}]}
    until(lambda: rest("GET", path).json() == stored)
    running = (400, f"issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint")
    code, message = error(rest("DELETE", path))
    assert (code, message[-len(running[1]) :]) == running
    assert message.startswith("Connectors must be in the STOPPED state before their offsets can be modified.")
    rest("PUT", f"/connectors/{name}/stop")
    changed = {"offsets": [{"partition": {"counter": "c1"}, "offset": {"position": 2}}]}
    altered = settled(lambda: rest("PATCH", path, changed))
    text = "The offsets for this connector have been altered successfully"
    assert (altered.status_code, altered.json()) == (200, {"message": text})
    assert rest("GET", path).json() == changed
    reset = rest("DELETE", path)
    text = "The offsets for this connector have been reset successfully"
    assert (reset.status_code, reset.json()) == (200, {"message": text})
    assert rest("GET", path).json() == {"offsets": []}
    assert rest("DELETE", path).status_code == 200


def test_offsets_in_a_connectors_own_topic_are_shown_altered_and_reset_too(rest, name):
    path = f"/connectors/{name}/offsets"
    rest.create(name, count=4, counter="own", **{"offsets.storage.topic": f"{name}-offsets"})
    stored = {"offsets": [{"partition": {"counter": "own"}, "offset": {"position": 4}}]}
    until(lambda: rest("GET", path).json() == stored)
    rest("PUT", f"/connectors/{name}/stop")
    changed = {"offsets": [{"partition": {"counter": "own"}, "offset": {"position": 2}}]}
    assert settled(lambda: rest("PATCH", path, changed)).status_code == 200
    assert rest("GET", path).json() == changed
    rest("PUT", f"/connectors/{name}/resume")
    until(lambda: rest("GET", path).json() == stored)
    rest("PUT", f"/connectors/{name}/stop")
    assert settled(lambda: rest("DELETE", path)).status_code == 200
    assert rest("GET", path).json() == {"offsets": []}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"offsets": []}, "Partitions / offsets need to be provided for an alter offsets request"),
        ({}, "Partitions / offsets need to be provided for an alter offsets request"),
        ({"offsets": [{"offset": {"position": 1}}]}, "Partition objects cannot be null"),
        (
            {"offsets": [{"partition": {"counter": "c"}, "offset": {"position": {"a": 1}}}]},
            "Offsets may only contain primitive types as values, but field position contains MAP",
        ),
        ({"offsets": [{"partition": {"x": "c"}, "offset": None}]}, "The partition must be {'counter': <name>}."),
    ],
)
def test_unusable_offsets_are_refused(rest, name, body, message):
    config = {"connector.class": "Counter", "topic": f"{name}-data"}
    rest("POST", "/connectors", {"name": name, "config": config, "initial_state": "STOPPED"})
    response = settled(lambda: rest("PATCH", f"/connectors/{name}/offsets", body))
    assert error(response) == (400, message)


@pytest.mark.parametrize(
    ("method", "path", "code", "message"),
    [
        ("GET", "/connectors/none", 404, "Connector none not found"),
        ("GET", "/connectors/none/config", 404, "Connector none not found"),
        ("GET", "/connectors/none/tasks", 404, "Connector none not found"),
        ("GET", "/connectors/none/offsets", 404, "Connector none not found"),
        ("GET", "/connectors/none/status", 404, "No status found for connector none"),
        ("GET", "/connectors/none/tasks/0/status", 404, "No status found for task none-0"),
        ("GET", "/connectors/none/tasks/x/status", 404, "HTTP 404 Not Found"),
        ("PUT", "/connectors/none/pause", 404, "Unknown connector none"),
        ("PUT", "/connectors/none/resume", 404, "Unknown connector none"),
        ("PUT", "/connectors/none/stop", 404, "Unknown connector none"),
        ("POST", "/connectors/none/restart", 404, "Unknown connector: none"),
        ("POST", "/connectors/none/restart?includeTasks=true", 404, "Unknown connector: none"),
        ("POST", "/connectors/none/tasks/0/restart", 404, "Unknown connector: none"),
        ("DELETE", "/connectors/none", 404, "Connector none not found"),
        ("DELETE", "/connectors/none/offsets", 404, "Connector none not found"),
        ("GET", "/connector-plugins/Nope/config", 404, "Unknown plugin Nope."),
        ("GET", "/nowhere", 404, "HTTP 404 Not Found"),
        ("DELETE", "/connectors", 405, "HTTP 405 Method Not Allowed"),
    ],
)
def test_what_is_not_there(rest, method, path, code, message):
    assert error(rest(method, path)) == (code, message)


def test_topics_of_an_unknown_connector_are_an_empty_list(rest):
    assert rest("GET", "/connectors/none/topics").json() == {"none": {"topics": []}}
    assert rest("PUT", "/connectors/none/topics/reset").status_code == 202


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"name":', "The request's body is not valid JSON"),
        (b"", "The request's body is not valid JSON"),
        (b"[]", "The request must be a JSON object"),
        (b'{"name":"a"}', "A connector's configuration must be a JSON object"),
        (b'{"name":"a","config":{},"x":1}', 'Unrecognized field "x"'),
        (b'{"name":"a","config":{"b":{}}}', "The value of b must be a text, a number or a boolean."),
        (b'{"name":"a","config":{},"initial_state":"zz"}', "must be one of RUNNING, PAUSED, STOPPED"),
        (b'{"name":"a","config":{"name":"b"}}', "Connector name configuration (b) doesn't match connector name in"),
        (b'{"name":"a","config":{}}', "Connector config for a contains no connector type"),
        (b'{"name":"a","config":{"connector.class":"Nope"}}', "Failed to find any class that implements Connector"),
        (
            b'{"config":{"connector.class":"Counter","topic":"t"}}',
            INVALID,
        ),
    ],
)
def test_requests_that_are_wrong(rest, body, message):
    code, text = error(rest("POST", "/connectors", data=body, headers=JSON))
    assert code == 400
    assert message in text


def test_media_types_and_options(rest):
    assert error(rest("POST", "/connectors", data=b"{}")) == (415, "HTTP 415 Unsupported Media Type")
    assert error(rest("GET", "/connectors", headers={"Accept": "text/html"})) == (406, "HTTP 406 Not Acceptable")
    options = rest("OPTIONS", "/connectors")
    assert (options.status_code, options.headers["Allow"]) == (200, "HEAD, POST, GET, OPTIONS")
    head = rest("HEAD", "/connectors")
    assert (head.status_code, head.content) == (200, b"")


def test_names_may_hold_slashes_blanks_and_other_letters(rest, group):
    name = f"{group} a/b é"
    encoded = name.replace(" ", "%20").replace("/", "%2F").replace("é", "%C3%A9")
    config = {"connector.class": "Counter", "topic": f"{group}-slash"}
    created = rest("POST", "/connectors", {"name": name, "config": config})
    location = f"{rest.url}/connectors/{encoded.replace('%2F', '/')}"
    assert (created.status_code, created.headers["Location"]) == (201, location)
    assert rest("GET", f"/connectors/{encoded}").json()["name"] == name
    assert rest("DELETE", f"/connectors/{encoded}").status_code == 204


def test_plugins_and_validation(rest):
    plugins = rest("GET", "/connector-plugins").json()
    assert {"class": "org.example.CounterConnector", "type": "source", "version": "1.2.3"} in plugins
    assert {plugin["type"] for plugin in plugins} == {"source"}
    every = rest("GET", "/connector-plugins?connectorsOnly=false").json()
    assert {plugin["type"] for plugin in every} >= {"source", "converter", "header_converter"}
    options = [option["name"] for option in rest("GET", "/connector-plugins/Counter/config").json()]
    assert options[:2] == ["topic", "count"]
    assert "tasks.max" in options
    path = "/connector-plugins/CounterConnector/config/validate"
    report = rest("PUT", path, {"connector.class": "Counter", "name": "n", "count": -1}).json()
    assert (report["name"], report["error_count"]) == ("Counter", 2)
    mismatch = rest("PUT", "/connector-plugins/Other/config/validate", {"connector.class": "Counter"})
    assert error(mismatch) == (400, "Included connector type Counter does not match request type Other")


def test_tasks_may_be_posted_only_with_a_signature(rest, name):
    rest.create(name)
    response = rest("POST", f"/connectors/{name}/tasks", [{"a": "b"}])
    assert error(response) == (400, "Internal request missing required signature")
    wrong = {"X-Connect-Authorization": "AAAA", "X-Connect-Request-Signature-Algorithm": "HmacSHA256"}
    response = rest("POST", f"/connectors/{name}/tasks", [{"a": "b"}], headers=wrong)
    assert error(response) == (403, "Internal request contained invalid signature.")


def test_metrics_count_what_runs(rest, name):
    rest.create(name, count=7)
    rest.await_states(name, "RUNNING", "RUNNING")
    expected = f'kafka_connect_worker_connector_running_task_count{{connector="{name}"}} 1.0'
    assert expected in rest("GET", "/metrics").text
    written = f'kafka_connect_source_task_source_record_write_total{{connector="{name}",task="0"}} 7.0'
    until(lambda: written in rest("GET", "/metrics").text)
    assert rest("GET", "/alerts").json() == []  # the counter reads no log


def test_log_levels_of_the_worker_and_of_all(rest):
    one = "/admin/loggers/rowtide.kafka.absent"
    assert error(rest("GET", one)) == (404, "Logger rowtide.kafka.absent not found.")
    assert rest("PUT", one, {"level": "debug"}).json() == ["rowtide.kafka.absent"]
    assert rest("GET", one).json()["level"] == "DEBUG"
    told = rest("PUT", "/admin/loggers/rowtide.kafka.other?scope=cluster", {"level": "TRACE"})
    assert (told.status_code, told.content) == (204, b"")
    until(lambda: rest("GET", "/admin/loggers").json().get("rowtide.kafka.other", {}).get("level") == "TRACE")
    assert error(rest("PUT", one, {"level": "NOPE"})) == (404, "invalid log level 'NOPE'.")
    assert error(rest("PUT", one, {})) == (400, "Desired 'level' parameter was not specified in request.")


def test_the_description_is_served(rest):
    assert rest("GET", "/openapi.json").json()["openapi"].startswith("3.")

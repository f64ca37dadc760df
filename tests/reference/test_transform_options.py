"""What validation says of transforms and predicates in a connector's configuration, by Java's worker and by ours."""

import pytest
import requests

from rowtide.errors import BadRequestError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.plugins import PluginRegistry
from rowtide.runtime.validation.validator import ConnectorValidator

KAFKA = "org.apache.kafka.connect.transforms."
CLASS = "io.debezium.connector.mysql.MySqlConnector"
WORKER = {
    "bootstrap.servers": "127.0.0.1:9092",
    "group.id": "g",
    "config.storage.topic": "c",
    "offset.storage.topic": "o",
    "status.storage.topic": "s",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
}


def chain(alias: str, kind: str, **options: str) -> dict[str, str]:
    return {
        "transforms": alias,
        f"transforms.{alias}.type": KAFKA + kind,
        **{f"transforms.{alias}.{name.replace('_', '.')}": value for name, value in options.items()},
    }


TOPIC = {"predicates": "t", "predicates.t.type": KAFKA + "predicates.TopicNameMatches"}
CONFIGS = {
    "none": {},
    "right": chain("a", "RegexRouter", regex="x", replacement="y"),
    "options missing": chain("a", "RegexRouter"),
    "option of a wrong type": chain("a", "ReplaceField$Value", include="x", replace_null_with_default="perhaps"),
    "wrong choice": chain("a", "TimestampConverter$Key", target_type="nothing"),
    "two kinds of errors": chain("a", "Cast$Value", spec=""),
    "bad spec": chain("a", "Cast$Value", spec="x:float"),
    "unknown option": chain("a", "HoistField$Value", field="x", other="y"),
    "unknown class": chain("a", "Nothing"),
    "abstract class": chain("a", "Cast"),
    "a predicate's class": chain("a", "predicates.TopicNameMatches"),
    "no type": {"transforms": "a"},
    "empty type": {"transforms": "a", "transforms.a.type": ""},
    "alias": {"transforms": "a", "transforms.a.type": "Filter"},
    "options without the alias": {"transforms.a.type": KAFKA + "Filter"},
    "two": {
        **chain("a", "HoistField$Key", field="x"),
        "transforms": "b, a",
        "transforms.b.type": KAFKA + "InsertField$Value",
        "transforms.b.static.field": "s",
    },
    "same alias twice": {**chain("a", "Filter"), "transforms": "a,a"},
    "empty alias": {"transforms": "a,,b", "transforms.a.type": KAFKA + "Filter", "transforms.b.type": KAFKA + "Filter"},
    "predicate": {**chain("a", "Filter", predicate="t", negate="true"), **TOPIC, "predicates.t.pattern": "x.*"},
    "predicate without options": {**chain("a", "Filter", predicate="t"), **TOPIC},
    "predicate that is not there": chain("a", "Filter", predicate="t"),
    "negate without a predicate": chain("a", "Filter", negate="true"),
    "negate of a wrong type": {
        **chain("a", "Filter", negate="perhaps", predicate="t"),
        **TOPIC,
        "predicates.t.pattern": "x",
    },
    "predicate of an unknown class": {"predicates": "t", "predicates.t.type": "Nothing"},
    "predicate without a type": {"predicates": "t"},
    "a transform as a predicate": {"predicates": "t", "predicates.t.type": KAFKA + "Filter"},
    "predicates that repeat": {**TOPIC, "predicates": "t,t", "predicates.t.pattern": "x"},
    "predicates of the others": {
        "predicates": "h,n",
        "predicates.h.type": KAFKA + "predicates.HasHeaderKey",
        "predicates.h.name": "",
        "predicates.n.type": KAFKA + "predicates.RecordIsTombstone",
    },
}


def judged(report):
    """What is said of transforms and predicates; the texts, the offered classes and their versions are our own."""
    entries = []
    for entry in report["configs"]:
        name = (entry["value"] or entry["definition"])["name"]
        if name.startswith(("transforms", "predicates")):
            entries.append((name, *(_without_our_own(entry[part]) for part in ("definition", "value"))))
    groups = [group for group in report["groups"] if group.startswith(("Transforms", "Predicates"))]
    return groups, entries


def _without_our_own(part):
    if part is None:
        return None
    own = ["documentation", "recommended_values"]
    if part["name"].endswith(".plugin.version"):
        own += ["default_value", "value"]
    kept = {name: each for name, each in part.items() if name not in own}
    if "errors" in kept:
        kept["errors"] = [error.partition(": Invalid regex:")[0] for error in kept["errors"]]
    return kept


@pytest.mark.parametrize("name", CONFIGS)
def test_options_of_transforms_are_judged_as_by_javas_worker(reference_url, name):
    config = {"connector.class": CLASS, "name": "n", **CONFIGS[name]}
    answer = requests.put(f"{reference_url}/connector-plugins/{CLASS}/config/validate", json=config, timeout=60)
    validator = ConnectorValidator(PluginRegistry.installed(), WorkerConfig(WORKER))
    if answer.status_code != 200:
        with pytest.raises(BadRequestError):
            validator.validate(config)
        return
    assert judged(validator.validate(config).to_json()) == judged(answer.json())

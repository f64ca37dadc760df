"""Which Kafka client settings a connector's configuration may override: the policies of Kafka Connect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rowtide.config.definition import ConfigKey, ConfigValue, Importance, Type

PREFIXES = ("producer.override.", "consumer.override.", "admin.override.")

_PRINCIPAL = frozenset({"sasl.jaas.config", "sasl.mechanism", "security.protocol"})
_SECRET_ENDINGS = ("password", "sasl.jaas.config", ".secret", "keystore.key")


def check_overrides(
    config: Mapping[str, str | None], policy: str, allowlist: Iterable[str]
) -> list[tuple[ConfigKey, ConfigValue]]:
    """One entry an override in the configuration, with the policy's objection to it.

    Args:
        policy: all, none, principal or allowlist.
    """
    found = []
    for name, value in config.items():
        prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), None)
        if prefix is None:
            continue
        setting = name[len(prefix) :]
        secret = setting.endswith(_SECRET_ENDINGS)
        key = ConfigKey(
            name,
            Type.PASSWORD if secret else Type.STRING,
            None,
            f"The Kafka client setting {setting}.",
            Importance.LOW,
            display_name=setting,
        )
        shown = "[hidden]" if secret and value is not None else value
        found.append((key, ConfigValue(name, shown, errors=_objections(setting, policy, frozenset(allowlist)))))
    return found


def _objections(setting: str, policy: str, allowlist: frozenset[str]) -> list[str]:
    name = policy.lower()
    if (
        name == "all"
        or (policy == "principal" and setting in _PRINCIPAL)
        or (policy == "allowlist" and setting in allowlist)
    ):
        return []
    name = policy.capitalize()
    return [f"The '{name}' policy does not allow '{setting}' to be overridden in the connector configuration."]

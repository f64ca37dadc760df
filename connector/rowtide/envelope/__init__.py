"""Change events as Debezium shapes them: topics, keys, envelopes, source blocks, headers, offsets."""

from rowtide.envelope.builder import RecordBuilder
from rowtide.envelope.config import ConnectorIdentity, EnvelopeConfig, NameModes, RecordRules
from rowtide.envelope.headers import new_run_id
from rowtide.envelope.topics import TopicNaming

__all__ = [
    "ConnectorIdentity",
    "EnvelopeConfig",
    "NameModes",
    "RecordBuilder",
    "RecordRules",
    "TopicNaming",
    "new_run_id",
]

"""Names of Kafka client properties: Java's and librdkafka's."""

from __future__ import annotations


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


COMMON = {
    **_same(
        "bootstrap.servers", "client.id", "client.dns.lookup", "metadata.max.age.ms", "connections.max.idle.ms",
        "reconnect.backoff.ms", "reconnect.backoff.max.ms", "retry.backoff.ms", "retry.backoff.max.ms",
        "socket.connection.setup.timeout.ms",
    ),
    "send.buffer.bytes": "socket.send.buffer.bytes",
    "receive.buffer.bytes": "socket.receive.buffer.bytes",
    "metadata.recovery.strategy": "metadata.recovery.strategy",
    "metadata.recovery.rebootstrap.trigger.ms": "metadata.recovery.rebootstrap.trigger.ms",
}  # fmt: skip
"""Of every client: Java name -> librdkafka's."""

PRODUCER = {
    **_same(
        "acks", "linger.ms", "batch.size", "compression.type", "max.in.flight.requests.per.connection",
        "request.timeout.ms", "enable.idempotence", "retries", "transactional.id", "transaction.timeout.ms",
    ),
    "delivery.timeout.ms": "message.timeout.ms",
    "buffer.memory": "queue.buffering.max.kbytes",
    "max.request.size": "message.max.bytes",
}  # fmt: skip

CONSUMER = {
    **_same(
        "group.id", "group.instance.id", "isolation.level", "auto.offset.reset", "enable.auto.commit",
        "auto.commit.interval.ms", "fetch.min.bytes", "fetch.max.bytes", "max.partition.fetch.bytes",
        "allow.auto.create.topics", "client.rack", "check.crcs", "session.timeout.ms", "heartbeat.interval.ms",
        "max.poll.interval.ms",
    ),
    "fetch.max.wait.ms": "fetch.wait.max.ms",
}  # fmt: skip

JAVA_ONLY = frozenset(
    {
        "key.serializer", "value.serializer", "key.deserializer", "value.deserializer", "metric.reporters",
        "metrics.num.samples", "metrics.recording.level", "metrics.sample.window.ms", "auto.include.jmx.reporter",
        "enable.metrics.push", "interceptor.classes", "partitioner.class", "partitioner.ignore.keys",
        "partitioner.availability.timeout.ms", "partitioner.adaptive.partitioning.enable", "max.block.ms",
        "metadata.max.idle.ms", "max.poll.records", "default.api.timeout.ms", "exclude.internal.topics",
        "partition.assignment.strategy", "group.protocol", "group.remote.assignor", "security.providers",
        "socket.connection.setup.timeout.max.ms", "enable.transaction.status.monitoring", "bootstrap.controllers",
        "compression.gzip.level", "compression.lz4.level", "compression.zstd.level",
        "transaction.two.phase.commit.enable",
        "ssl.protocol", "ssl.enabled.protocols", "ssl.provider", "ssl.keymanager.algorithm",
        "ssl.trustmanager.algorithm", "ssl.secure.random.implementation",
        "sasl.kerberos.kinit.cmd", "sasl.kerberos.min.time.before.relogin", "sasl.kerberos.ticket.renew.jitter",
        "sasl.kerberos.ticket.renew.window.factor", "sasl.login.class", "sasl.client.callback.handler.class",
        "sasl.login.callback.handler.class", "sasl.login.connect.timeout.ms", "sasl.login.read.timeout.ms",
        "sasl.login.refresh.buffer.seconds", "sasl.login.refresh.min.period.seconds",
        "sasl.login.refresh.window.factor", "sasl.login.refresh.window.jitter", "sasl.login.retry.backoff.ms",
        "sasl.login.retry.backoff.max.ms", "sasl.oauthbearer.clock.skew.seconds",
        "sasl.oauthbearer.expected.audience", "sasl.oauthbearer.expected.issuer",
        "sasl.oauthbearer.jwks.endpoint.refresh.ms", "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms",
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", "sasl.oauthbearer.jwks.endpoint.url",
        "sasl.oauthbearer.scope.claim.name", "sasl.oauthbearer.sub.claim.name",
    }
)  # fmt: skip
"""Have a meaning in a Java client alone (or are read here together with another property): dropped without a word."""

LIBRDKAFKA = frozenset(
    {
        "queue.buffering.max.kbytes", "queue.buffering.max.messages", "queue.buffering.max.ms", "batch.num.messages",
        "message.timeout.ms", "message.max.bytes", "compression.codec", "compression.level", "partitioner", "debug",
        "log_level", "socket.timeout.ms", "socket.keepalive.enable", "socket.nagle.disable", "broker.address.family",
        "broker.address.ttl", "topic.metadata.refresh.interval.ms", "topic.metadata.propagation.max.ms",
        "message.send.max.retries", "request.required.acks", "sticky.partitioning.linger.ms",
        "enable.gapless.guarantee", "ssl.ca.location", "ssl.ca.pem", "ssl.certificate.location",
        "ssl.certificate.pem", "ssl.key.location", "ssl.key.pem", "ssl.cipher.suites", "ssl.curves.list",
        "ssl.sigalgs.list", "ssl.crl.location", "enable.ssl.certificate.verification", "sasl.username",
        "sasl.password", "sasl.mechanisms", "sasl.kerberos.keytab", "sasl.kerberos.principal",
    }
)  # fmt: skip
"""librdkafka's own, which users of it tune; they pass as they are."""

"""A worker from its configuration to its end: what it is composed of, and the order in which things start and stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from rowtide.errors import KafkaUnavailableError
from rowtide.kafka.admin import Admin
from rowtide.kafka.memory_log import MemoryLog, MemoryTopic
from rowtide.kafka.settings import worker_client_properties
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.herder.connector_offsets import ConnectorOffsets
from rowtide.runtime.herder.herder import Herder
from rowtide.runtime.herder.offsets import OffsetEditor
from rowtide.runtime.herder.requests import ConnectorChange, Requests
from rowtide.runtime.herder.views import Stores, Views
from rowtide.runtime.lease import Lease, lease_span_s
from rowtide.runtime.loggers import LoggerLevels
from rowtide.runtime.masking import Masker
from rowtide.runtime.membership.member import WorkerMember
from rowtide.runtime.membership.settings import MemberSettings
from rowtide.runtime.membership.sole import SoleMember
from rowtide.runtime.plugins import PluginRegistry
from rowtide.runtime.rest.access import access_of
from rowtide.runtime.rest.api import Services
from rowtide.runtime.rest.app import RestApp
from rowtide.runtime.rest.bodies import CreateRequest
from rowtide.runtime.rest.routes import all_routes
from rowtide.runtime.rest.server import RestServer
from rowtide.runtime.rest_options import ADMIN_LISTENERS_HTTPS, LISTENERS_HTTPS
from rowtide.runtime.rest_tls import server_context
from rowtide.runtime.storage.config import ConfigStore
from rowtide.runtime.storage.log_factory import topic_log_factory
from rowtide.runtime.storage.offset_file import FileLog, offset_file, prepare_offset_file
from rowtide.runtime.storage.offsets import OffsetStore
from rowtide.runtime.storage.status import StatusStore
from rowtide.runtime.storage.topics import Kind, ensure_internal_topic, internal_topic
from rowtide.runtime.validation.validator import ConnectorValidator
from rowtide.runtime.worker_options import OFFSET_FILE

log = logging.getLogger(__name__)

POOL_THREADS = 8
"""As many as Connect uses for what must not block the herder: validation, forwarding, offsets."""

RETRY_S = 5.0
ADMIN_TIMEOUT_S = 10.0
CLOSE_S = 5.0
CREATE_S = 90.0
SHUTDOWN_MARGIN_S = 15.0
"""On top of the tasks' graceful timeout: connectors, statuses and what the herder was doing."""


class Worker:
    """One worker. `run` blocks until `stop` is called, from a signal handler or another thread."""

    def __init__(
        self, config: WorkerConfig, registry: PluginRegistry, connectors: Sequence[CreateRequest] = ()
    ) -> None:
        """Binds the listeners; nothing is served yet. Raises ConfigError when that is not possible.

        Args:
            connectors: that a standalone worker begins with.
        """
        self._connectors = connectors
        self._config = config
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._server = _bound_server(config)
        port = self._server.port(config.advertised_listener)
        self.worker_id = config.worker_id(port)
        self.url = config.advertised_url(port)
        self._cluster_id: str | None = None
        self._failure: Exception | None = None
        self._pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="worker-pool")
        self._stores = self._make_stores()
        levels = LoggerLevels()
        session_ms, beat_ms = config.number("session.timeout.ms"), config.number("heartbeat.interval.ms")
        self._lease = Lease.endless() if config.standalone else Lease(lease_span_s(session_ms, beat_ms))
        self.herder = Herder(config, registry, self._stores, self.worker_id, self._pool, levels, self._lease)
        self._stores.configs.set_listener(self.herder)
        self._member: WorkerMember | SoleMember | None = None
        self._services = self._make_services(registry)
        self._apps = self._make_apps(registry, levels)

    def run(self) -> None:
        """Serves until told to stop, then stops gracefully.

        Raises:
            ConfigError: an internal topic is unusable, or Kafka refuses a setting.
        """
        self.herder.mailbox.start("herder")
        self._server.start(*self._apps)
        # In a thread of its own, since a signal handler must find this one waiting and not in the middle of something.
        threading.Thread(target=self._start_or_stop, name="start", daemon=True).start()
        try:
            self._stopping.wait()
        finally:
            self._shut_down()
        if self._failure is not None:
            raise self._failure

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        """Asks for a graceful stop. Safe in a signal handler, and more than once."""
        self._stopping.set()

    def _start_or_stop(self) -> None:
        try:
            self._start()
        except Exception as error:  # noqa: BLE001 - raised again by `run`
            if not self._stopping.is_set():
                self._failure = error
                self._stopping.set()

    def _start(self) -> None:
        """Reads the internal topics and joins the group; waits for Kafka as long as it takes."""
        if not self._await_kafka():
            return
        for store in (self._stores.offsets, self._stores.statuses, self._stores.configs):
            if not self._retrying(store.start, "read an internal topic"):
                return
        self._member = self._make_member()
        self.herder.start(self._member)
        self._started.set()
        self._member.start()
        if self._config.standalone:
            self._create_connectors()
        else:
            log.info("worker %s has read its topics and joins the group %s", self.worker_id, self._config.group_id)

    def _create_connectors(self) -> None:
        """Raises BadRequestError for the first one that cannot be created, and what else REST would answer."""
        requests, validator = self._services.requests, self._services.validator
        self.herder.ready.wait(CREATE_S)
        for request in self._connectors:
            change = ConnectorChange(
                request.name, request.config, validator.validate(request.config), request.target_state, False
            )
            put: Callable[[], object] = lambda: requests.put_connector(  # noqa: E731 - typed
                change,  # noqa: B023 - called before the next one
                validator.connector_type,
            )
            self.herder.mailbox.call(put, f"creating connector {request.name}").result(CREATE_S)
            log.info("created connector %s", request.name)

    def _make_member(self) -> WorkerMember | SoleMember:
        snapshot = self._stores.configs.snapshot
        if self._config.standalone:
            return SoleMember(self.url, snapshot, self.herder.on_member_event)
        properties = worker_client_properties(self._config.resolved, "")
        settings = self._member_settings()
        return WorkerMember(settings, properties, snapshot, self.herder.on_member_event, self._lease)

    def _await_kafka(self) -> bool:
        """Waits for the brokers and for usable internal topics; false when told to stop meanwhile."""
        properties = worker_client_properties(self._config.resolved, "admin.")
        admin = Admin(properties, timeout_s=ADMIN_TIMEOUT_S)
        try:
            return self._retrying(lambda: self._prepare_topics(admin), "reach Kafka")
        finally:
            admin.close()

    def _prepare_topics(self, admin: Admin) -> None:
        self._cluster_id = admin.cluster_id()
        kinds: tuple[Kind, ...] = ("config", "offset", "status")
        for kind in () if self._config.standalone else kinds:
            ensure_internal_topic(admin, internal_topic(kind, self._config.resolved))

    def _retrying(self, action: Callable[[], None], what: str) -> bool:
        began = time.monotonic()
        while not self._stopping.is_set():
            try:
                action()
            except KafkaUnavailableError as error:
                waited = time.monotonic() - began
                log.warning(
                    "cannot %s yet, trying again every %.0f s (%.0f s so far): %s", what, RETRY_S, waited, error
                )
                self._stopping.wait(RETRY_S)
            else:
                return True
        return False

    def _shut_down(self) -> None:
        log.info("worker %s stops", self.worker_id)
        mailbox = self.herder.mailbox
        timeout_s = self._config.seconds("task.shutdown.graceful.timeout.ms") + SHUTDOWN_MARGIN_S
        mailbox.post(self.herder.shut_down, stage="shutting down")
        if not mailbox.close(timeout_s):
            log.error("the herder did not stop within %.0f s: %s", timeout_s, mailbox.stage.summarize())
        if self._member is not None:
            self._member.stop()
        self._server.stop(CLOSE_S)
        for store in (self._stores.configs, self._stores.statuses, self._stores.offsets):
            store.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._config.resolver.close()
        log.info("worker %s has stopped", self.worker_id)

    def _make_apps(self, registry: PluginRegistry, levels: LoggerLevels) -> tuple[RestApp, RestApp]:
        main, admin = all_routes(
            self._config, registry, self._services, self._pool, lambda: self._cluster_id, self._stores, levels
        )
        access = access_of(self._config)
        return RestApp(main, self._started.is_set, access), RestApp(admin, self._started.is_set, access)

    def _make_stores(self) -> Stores:
        if self._config.standalone:
            return _standalone_stores(self._config)
        return Stores(
            ConfigStore(topic_log_factory(*self._log_of("config", "configs"))),
            OffsetStore(topic_log_factory(*self._log_of("offset", "offsets"))),
            StatusStore(topic_log_factory(*self._log_of("status", "statuses"))),
        )

    def _log_of(self, kind: Kind, suffix: str) -> tuple[str, Mapping[str, str]]:
        """The topic and the client properties of an internal topic's log."""
        resolved = self._config.resolved
        given = self._config.text("client.id")
        client_id = "-".join(filter(None, (given, self._config.group_id, suffix)))
        return internal_topic(kind, resolved).name, worker_client_properties(resolved, "", {"client.id": client_id})

    def _make_services(self, registry: PluginRegistry) -> Services:
        validator = ConnectorValidator(registry, self._config)
        offsets = ConnectorOffsets(self._config, self._stores.offsets)
        masker = Masker(registry if self._config.flag("rest.mask.secrets") else None)
        views = Views(self._stores, offsets, validator.connector_type, masker)
        return Services(
            self.herder,
            Requests(self._stores, views, self.herder.work, self.herder),
            views,
            OffsetEditor(self._config, registry, offsets),
            validator,
        )

    def _member_settings(self) -> MemberSettings:
        config = self._config
        return MemberSettings(
            config.group_id,
            self.url,
            self.worker_id,
            config.text("connect.protocol").lower(),
            config.number("session.timeout.ms"),
            config.number("heartbeat.interval.ms"),
            config.number("rebalance.timeout.ms"),
            config.number("scheduled.rebalance.max.delay.ms"),
        )


def _standalone_stores(config: WorkerConfig) -> Stores:
    """Raises ConfigError when the file of offsets cannot be used."""
    given = config.text(OFFSET_FILE)
    prepare_offset_file(given)
    configs, statuses = MemoryTopic("configs"), MemoryTopic("statuses")
    return Stores(
        ConfigStore(lambda on_record: MemoryLog(configs, on_record)),
        OffsetStore(lambda on_record: FileLog(offset_file(given), on_record)),
        StatusStore(lambda on_record: MemoryLog(statuses, on_record)),
    )


def _bound_server(config: WorkerConfig) -> RestServer:
    """Raises ConfigError when an address cannot be bound, or a key or certificate cannot be used."""
    server = RestServer()
    admin = config.admin_listeners or []
    for listeners, prefix in ((config.listeners, LISTENERS_HTTPS), (admin, ADMIN_LISTENERS_HTTPS)):
        secure = any(listener.scheme == "https" for listener in listeners)
        tls = server_context(config.resolved, prefix) if secure else None
        server.bind(listeners, tls, admin=listeners is admin)
    return server

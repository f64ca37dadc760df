"""The command `rowtide` and its exit codes.

0 after a graceful stop, 1 for a wrong configuration, 2 for wrong usage, 3 for a connector that cannot be created.
"""

from __future__ import annotations

import logging
import os
import platform
import sys
from types import FrameType

import click

from rowtide.errors import ConfigError, ConnectError
from rowtide.version import VERSION

log = logging.getLogger(__name__)

EXIT_CONFIG = 1
EXIT_CONNECTOR = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="rowtide")
def main() -> None:
    """Change data capture for MySQL and MariaDB, as a Kafka Connect worker."""


_log_level = click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
    default="info",
    show_default=True,
    help="Least serious messages that go to stderr.",
)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False))
@_log_level
def worker(file: str, log_level: str) -> None:
    """Runs a worker of a Connect cluster. FILE is its connect-distributed.properties."""
    _run_or_exit(file, log_level, None)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.argument("connectors", nargs=-1, type=click.Path(dir_okay=False))
@_log_level
def standalone(file: str, connectors: tuple[str, ...], log_level: str) -> None:
    """Runs a worker by itself. FILE is its connect-standalone.properties, CONNECTORS are .properties or .json files."""
    _run_or_exit(file, log_level, connectors)


def _run_or_exit(file: str, log_level: str, connectors: tuple[str, ...] | None) -> None:
    from rowtide.cli.logs import log_to_stderr

    log_to_stderr(log_level)
    try:
        _run(file, connectors)
    except (ConfigError, ConnectError) as error:
        click.echo(f"rowtide: {'; '.join(str(error).splitlines())}", err=True)
        sys.exit(EXIT_CONFIG if isinstance(error, ConfigError) else EXIT_CONNECTOR)


def _run(file: str, connectors: tuple[str, ...] | None) -> None:
    """`connectors` is None for a worker of a cluster."""
    # Imported here, so that --version and --help answer at once.
    import signal

    from rowtide.runtime.config import WorkerConfig
    from rowtide.runtime.plugins import PluginRegistry
    from rowtide.runtime.service import Worker
    from rowtide.runtime.standalone import read_connector

    registry = PluginRegistry.installed()
    config = WorkerConfig.from_file(file, registry.config_provider, standalone=connectors is not None)
    requests = [read_connector(path) for path in connectors or ()]
    log.info("rowtide %s, Python %s, worker configuration %s", VERSION, platform.python_version(), file)
    config.warn_unknown()
    for line in config.describe():
        log.debug("%s", line)
    running = Worker(config, registry, requests)

    def on_signal(number: int, frame: FrameType | None) -> None:
        if running.stopping:
            # The second signal: somebody does not want to wait. Tasks notice that their worker is gone.
            os._exit(128 + number)
        running.stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    running.run()

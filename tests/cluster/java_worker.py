"""A real worker of Kafka Connect with the Java twin of the tests' own connector."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rowtide_dev import jars
from rowtide_dev.processes import Guard
from rowtide_dev.reference import JavaConnect

_SOURCES = Path(__file__).parent / "java"
_SERVICES = "META-INF/services/org.apache.kafka.connect.source.SourceConnector"


def counter_plugin(folder: Path) -> Path:
    """A plugin path that holds the connector."""
    classes = folder / "classes"
    sources = [str(_SOURCES / f"Counter{kind}.java") for kind in ("Connector", "Task")]
    subprocess.run(
        ["javac", "-nowarn", "-cp", f"{jars.folder('kafka')}/*", "-d", str(classes), *sources], check=True, timeout=120
    )
    plugins = folder / "plugins"
    (plugins / "counter").mkdir(parents=True)
    with zipfile.ZipFile(plugins / "counter" / "counter.jar", "w") as jar:
        for file in classes.rglob("*.class"):
            jar.write(file, str(file.relative_to(classes)))
        jar.writestr(_SERVICES, "org.example.CounterConnector\n")
    return plugins


@contextmanager
def java_worker(folder: Path, bootstrap: str, properties: Mapping[str, str]) -> Iterator[JavaConnect]:
    """Started, and ended with the context."""
    settings = {
        **properties,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "plugin.path": str(counter_plugin(folder)),
    }
    service = JavaConnect(folder / "worker", bootstrap, settings)
    with Guard() as guard:
        service.start(guard)
        try:
            yield service
        finally:
            service.stop()

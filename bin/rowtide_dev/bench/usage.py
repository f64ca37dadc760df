"""What a program and everything below it use of the machine, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

from rowtide_dev.errors import DevError
from rowtide_dev.guard import descendants

_LISTENING = "0A"


def listener(port: int) -> int:
    """The pid of the process that listens on a port of this machine. Raises DevError when none does."""
    sockets = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                sockets.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and any(target in sockets for target in _open_files(process)):
            return int(process.name)
    raise DevError(f"nothing listens on port {port}")


def _open_files(process: Path) -> list[str]:
    try:
        return [str(entry.readlink()) for entry in (process / "fd").iterdir()]
    except OSError:
        return []  # it is somebody else's, or has ended


class Usage:
    """Processor time and memory of a process with all below it."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.peak_mb = 0.0
        self._cpu_before_s = 0.0
        self.restart()

    def restart(self) -> None:
        """Counts from here."""
        self.peak_mb = 0.0
        self._cpu_before_s = self._cpu_s()

    def look(self) -> None:
        """Notes the memory that is resident now; shared pages count in each process."""
        page_bytes = os.sysconf("SC_PAGE_SIZE")
        pages = sum(int(text.split()[1]) for text in self._read("statm"))
        self.peak_mb = max(self.peak_mb, pages * page_bytes / 1e6)

    @property
    def cpu_s(self) -> float:
        return self._cpu_s() - self._cpu_before_s

    def _cpu_s(self) -> float:
        """Of those that live, with the children that they have waited for."""
        ticks = sum(sum(map(int, text.rpartition(")")[2].split()[11:15])) for text in self._read("stat"))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _read(self, name: str) -> list[str]:
        texts = []
        for pid in (self._pid, *descendants(self._pid)):
            try:
                texts.append(Path(f"/proc/{pid}/{name}").read_text(errors="replace"))
            except OSError:
                continue  # it ended while we looked
        return texts

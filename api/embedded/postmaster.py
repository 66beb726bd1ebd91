"""What `postmaster.pid` says, and whether to believe it."""

import os
import time
from pathlib import Path

from api.embedded.errors import EmbeddedServiceError

STATUS_LINE = 7


def is_ready(data: Path, pid: int) -> bool:
    """A crashed server leaves a file that says ready too, so its pid must be the one we started."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return int(lines[0]) == pid and lines[STATUS_LINE].strip() == "ready"
    except (OSError, IndexError, ValueError):
        return False


def remove_stale(data: Path, wait_seconds: float) -> None:
    """Waits for a server of a killed launcher to go, then removes what would keep the next one from starting.

    PostgreSQL itself trusts kill(pid, 0), which a zombie or a reused pid fools; both are usual in containers.
    """
    deadline = time.monotonic() + wait_seconds
    while (pid := _recorded_pid(data)) is not None and _serves(pid, data):
        if time.monotonic() > deadline:
            raise EmbeddedServiceError(f"the data folder {data} is in use by PostgreSQL, process {pid}")
        time.sleep(0.02)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _recorded_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split(maxsplit=1)[0])
    except (OSError, IndexError, ValueError):
        return None


def _serves(pid: int, data: Path) -> bool:
    process = Path(f"/proc/{pid}")
    if not Path("/proc/self").exists():
        return _is_alive(pid)
    try:
        state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
        name = (process / "comm").read_text().strip()
    except OSError:
        return False
    if state == "Z" or name != "postgres":
        return False
    try:
        # A postmaster works in its data folder; without the right to look, its name has to do.
        return (process / "cwd").readlink() == data
    except OSError:
        return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True

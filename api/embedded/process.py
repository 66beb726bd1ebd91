"""Starting and stopping a server as a child that does not outlive us (on macOS, not tried: only a clean stop)."""

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import IO

from api.embedded.errors import EmbeddedServiceError

CHILD = Path(__file__).with_name("child.py")


class Identity(StrEnum):
    """As whom the server runs."""

    SAME = "same"
    NAMESPACE = "namespace"
    NOBODY = "nobody"


def prepared(command: Sequence[str], identity: Identity, death_signal: signal.Signals, launcher: int) -> list[str]:
    return [sys.executable, "-I", "-S", str(CHILD), identity, str(int(death_signal)), str(launcher), *command]


def spawn(command: Sequence[str], *, cwd: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    # The kernel ties the death signal to the thread that started the child, not to the process.
    if threading.current_thread() is not threading.main_thread():
        raise EmbeddedServiceError("embedded services must be started from the main thread")
    # A session of its own: Ctrl-C in the terminal reaches us first, and we stop the server in order.
    return subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cwd, start_new_session=True
    )


def stop(process: subprocess.Popen[bytes], how: signal.Signals, grace_seconds: float) -> None:
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def last_lines(log: Path, count: int = 3) -> str:
    """The end of a log on one line, for an error message."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return " | ".join(lines[-count:]) or "no output"

"""A throw-away Valkey on a Unix socket, for trying and testing."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from api.embedded.binaries import valkey_server
from api.embedded.errors import EmbeddedServiceError
from api.embedded.process import Identity, last_lines, prepared, spawn, stop
from api.embedded.sockets import SocketFolder, open_socket_folder

PING = b"*1\r\n$4\r\nPING\r\n"


class EmbeddedValkey:
    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._sockets: SocketFolder | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self._socket()))}"

    def start(self, timeout_seconds: float = 20.0) -> None:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sockets = open_socket_folder(self.root)
        log_path = self.root / "valkey.log"
        log_path.unlink(missing_ok=True)
        self._launch(log_path)
        try:
            self._wait_until_ready(timeout_seconds, log_path)
        except BaseException:
            self.stop()
            raise

    def revive(self) -> bool:
        """Launches it again when it has died, on the same socket, and does not wait: its clients try again anyway."""
        if self._process is None or self._process.poll() is None:
            return False
        self._launch(self.root / "valkey.log")
        return True

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, signal.SIGTERM, grace_seconds=10)
            self._process = None
        if self._sockets is not None:
            self._sockets.remove()
            self._sockets = None

    def _launch(self, log_path: Path) -> None:
        self._socket().unlink(missing_ok=True)
        with log_path.open("ab") as log:
            command = prepared(self._command(), Identity.SAME, signal.SIGTERM, os.getpid())
            self._process = spawn(command, cwd=self.root, log=log)

    def _command(self) -> list[str]:
        # The working directory is the data folder (`dir` defaults to it), which spares quoting the path.
        return [
            *(str(valkey_server()), "--port", "0"),
            *("--unixsocket", str(self._socket()), "--unixsocketperm", "700"),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
            *("--maxmemory", "256mb", "--maxmemory-policy", "noeviction"),
        ]

    def _wait_until_ready(self, timeout_seconds: float, log_path: Path) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not self._answers():
            if self._running().poll() is not None:
                raise EmbeddedServiceError(f"Valkey stopped while starting ({log_path}): {last_lines(log_path)}")
            if time.monotonic() > deadline:
                raise EmbeddedServiceError(f"Valkey was not ready within {timeout_seconds:.0f} s ({log_path})")
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self._socket()))
                client.sendall(PING)
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _socket(self) -> Path:
        if self._sockets is None:
            raise EmbeddedServiceError("Valkey is not running")
        return self._sockets.path / "valkey.sock"

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise EmbeddedServiceError("Valkey is not running")
        return self._process

"""Debian's PostgreSQL and Redis as servers on the network: the second mode of the suite, CIP_TEST_SERVICES=servers."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from api.embedded.postmaster import is_ready
from api.embedded.process import last_lines, spawn, stop

PING: Final = b"*1\r\n$4\r\nPING\r\n"
POSTGRES_USER: Final = "postgres"
START_SECONDS: Final = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def postgres_programs() -> Path:
    """The newest that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found:
        raise RuntimeError("CIP_TEST_SERVICES=servers needs Debian's package postgresql")
    return found[-1]


def redis_server() -> Path:
    found = shutil.which("redis-server")
    if found is None:
        raise RuntimeError("CIP_TEST_SERVICES=servers needs Debian's package redis-server")
    return Path(found)


class ServerPostgres:
    """Runs as the user `postgres` when we are root, which PostgreSQL refuses to be run by."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._options = options
        self._programs = postgres_programs()
        self._password = secrets.token_urlsafe(24)
        self._folder = Path(tempfile.mkdtemp(prefix="cip-postgres-"))
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        return f"postgresql://{user}:{password or self._password}@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        data, log = self._folder / "data", self._folder / "postgres.log"
        password_file = self._folder / "password"
        password_file.write_text(self._password)
        if os.geteuid() == 0:
            owner = pwd.getpwnam(POSTGRES_USER)
            for path in (self._folder, password_file):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        made = [
            *(str(self._programs / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", "--no-locale"),
            *("-A", "scram-sha-256", f"--pwfile={password_file}", "--no-instructions", "--no-sync"),
        ]
        subprocess.run(_as_postgres(made), check=True, capture_output=True, cwd="/")
        settings = {
            **self._options,
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": str(self._folder),
            "shared_preload_libraries": "pg_stat_statements",
            "jit": "off",
        }
        arguments = [f"--{name}={value}" for name, value in settings.items()]
        command = _as_postgres([str(self._programs / "postgres"), "-D", str(data), *arguments])
        with log.open("wb") as output:
            process = self._process = spawn(command, cwd=Path("/"), log=output)
        _wait(process, lambda: is_ready(data, process.pid), log)

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, signal.SIGINT, grace_seconds=15)
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)


class ServerRedis:
    """The data outlives a restart, as the embedded one's does; the port stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        log = self._folder / "redis.log"
        command = [
            *(*_dying_with_us("TERM"), str(redis_server()), "--bind", "127.0.0.1", "--port", str(self._port)),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
            *("--maxmemory", "256mb", "--maxmemory-policy", "noeviction"),
        ]
        with log.open("wb") as output:
            process = self._process = spawn(command, cwd=self._folder, log=output)
        _wait(process, self._answers, log)

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, signal.SIGTERM, grace_seconds=10)
            self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as client:
                client.sendall(PING)
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _dying_with_us(how: str) -> tuple[str, ...]:
    return "setpriv", "--pdeathsig", how


def _as_postgres(command: list[str]) -> list[str]:
    who = ("--reuid", POSTGRES_USER, "--regid", POSTGRES_USER, "--clear-groups") if os.geteuid() == 0 else ()
    return [*_dying_with_us("INT"), *who, *command]


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{log}: {last_lines(log)}")
        time.sleep(0.02)

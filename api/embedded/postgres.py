"""A throw-away PostgreSQL on a Unix socket, for trying and testing.

As a normal user the server runs as that user. PostgreSQL refuses root: there it runs in a user namespace, or as
`nobody` where namespaces are forbidden. On macOS (not tried) it starts the same way but is not stopped by the kernel
when we are killed.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from api.embedded.binaries import postgres_programs
from api.embedded.errors import EmbeddedServiceError
from api.embedded.postmaster import is_ready, remove_stale
from api.embedded.process import Identity, last_lines, prepared, spawn, stop
from api.embedded.sockets import SocketFolder, open_socket_folder

SUPERUSER = "postgres"
DEFAULT_OPTIONS: Mapping[str, str] = {
    "max_connections": "100",
    "shared_preload_libraries": "pg_stat_statements",
    "jit": "off",
    "log_min_messages": "warning",
}


class EmbeddedPostgres:
    def __init__(
        self, root: Path, *, options: Mapping[str, str] | None = None, identity: Identity | None = None
    ) -> None:
        """`options` are server settings over the defaults; `identity` is found out unless given."""
        self.root = root.resolve()
        self.data = self.root / "data"
        self.options = {**DEFAULT_OPTIONS, **(options or {})}
        self._wanted_identity = identity
        self._identity = Identity.SAME
        self._programs = postgres_programs()
        self._sockets: SocketFolder | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._running().pid

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """A libpq URL; for the superuser the password is known and may be left out."""
        if self._sockets is None:
            raise EmbeddedServiceError("PostgreSQL is not running")
        secret = self._password_file.read_text() if password is None else password
        login = f"{quote(user, safe='')}:{quote(secret, safe='')}"
        return f"postgresql://{login}@/{quote(database, safe='')}?host={quote(str(self._sockets.path))}"

    def start(self, timeout_seconds: float = 60.0) -> None:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._identity = self._wanted_identity or self._find_identity()
        self._give(self.root)
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        remove_stale(self.data, wait_seconds=10)
        self._sockets = open_socket_folder(self.root)
        self._give(self._sockets.path)
        for left_over in self._sockets.path.glob(".s.PGSQL.*"):
            left_over.unlink()
        log_path = self.root / "postgres.log"
        with log_path.open("wb") as log:
            self._process = spawn(self._prepared(self._server_command()), cwd=Path("/"), log=log)
        try:
            self._wait_until_ready(timeout_seconds, log_path)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, signal.SIGINT, grace_seconds=15)
            self._process = None
        if self._sockets is not None:
            self._sockets.remove()
            self._sockets = None

    @property
    def _password_file(self) -> Path:
        return self.root / "superuser.password"

    def _find_identity(self) -> Identity:
        if os.geteuid() != 0:
            return Identity.SAME
        probe = prepared(["/bin/true"], Identity.NAMESPACE, signal.SIGINT, os.getpid())
        works = subprocess.run(probe, capture_output=True, check=False).returncode == 0  # noqa: S603
        return Identity.NAMESPACE if works else Identity.NOBODY

    def _give(self, path: Path) -> None:
        if self._identity is Identity.NOBODY:
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def _create_cluster(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self._password_file.unlink(missing_ok=True)
        descriptor = os.open(self._password_file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
        self._give(self._password_file)
        command = [
            *(str(self._programs / "initdb"), "-D", str(self.data), "-U", SUPERUSER, "-E", "UTF8", "--no-locale"),
            *("-A", "scram-sha-256", f"--pwfile={self._password_file}", "--no-instructions"),
        ]
        if self.options.get("fsync") == "off":
            command.append("--no-sync")
        done = subprocess.run(self._prepared(command), capture_output=True, text=True, cwd="/", check=False)  # noqa: S603
        if done.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            reason = " | ".join((done.stderr or done.stdout).split("\n")[:3])
            raise EmbeddedServiceError(f"initdb failed in {self.data}: {reason}")

    def _server_command(self) -> list[str]:
        settings = {
            **self.options,
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets.path) if self._sockets else "",
            "unix_socket_permissions": "0700",
        }
        arguments = [f"--{name}={value}" for name, value in settings.items()]
        return [str(self._programs / "postgres"), "-D", str(self.data), *arguments]

    def _prepared(self, command: list[str]) -> list[str]:
        return prepared(command, self._identity, signal.SIGINT, os.getpid())

    def _wait_until_ready(self, timeout_seconds: float, log_path: Path) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not is_ready(self.data, self.pid):
            if self._running().poll() is not None:
                raise EmbeddedServiceError(f"PostgreSQL stopped while starting ({log_path}): {last_lines(log_path)}")
            if time.monotonic() > deadline:
                raise EmbeddedServiceError(f"PostgreSQL was not ready within {timeout_seconds:.0f} s ({log_path})")
            time.sleep(0.02)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise EmbeddedServiceError("PostgreSQL is not running")
        return self._process

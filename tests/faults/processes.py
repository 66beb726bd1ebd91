"""Workers as processes of their own, that can be killed and stopped at any moment."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final, Self

from api.settings import Settings

ROOT: Final = Path(__file__).parents[2]
COMMAND: Final = ("-c", "from api.cli.main import main; main()", "worker")


class WorkerProcess:
    """`cip worker` itself, or with a clock the program beside this file."""

    def __init__(self, settings: Settings, log: Path, clock: tuple[float, float] | None = None) -> None:
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": settings.database_url.replace("+asyncpg", ""),
            "REDIS_URL": settings.redis_url,
            "JWT_SECRET_KEY": settings.jwt_secret_key.get_secret_value(),
            "ENVIRONMENT": "test",
        }
        self._arguments = COMMAND if clock is None else ("-m", "tests.faults.worker", *map(str, clock))
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Returns when it works."""
        process = self._process = self._spawn()
        assert process.stdout is not None
        said = await asyncio.to_thread(process.stdout.readline)
        assert said == b"Working.\n", self.log.read_text()

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, *self._arguments]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, env=self._environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=log)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self._ended()

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self.kill()

    def _ended(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.wait()
        self._process.stdout.close()
        self._process = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()

"""Does the demo survive kill -9 of Valkey and of PostgreSQL's backends while the replayer runs?

`python -m tests.faults.demo [kills] [folder]` starts `cip demo`, kills them in turn, stops it, starts it again without
the replayer, and compares all sums with the tables. Not part of CI: loading the demo tenants takes a minute or two.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import text

from api.cli.demo import APPLICATION_LOGIN, DATABASE
from api.demo.tenants import DEMO_TENANTS
from api.tenants.repository import find_tenant_id
from models.database import Database
from tests.faults.sums import CHECKS, differences
from tests.support.servers import free_port
from tests.support.waiting import wait_until
from tests.support.world import TestTenant

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 900.0
BETWEEN_SECONDS: Final = 4.0


class Demo:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder.parent / f"{folder.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        command = "from api.cli.main import main; main()"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PORT": str(self.port)}
        arguments = [sys.executable, "-c", command, "demo", "--data-dir", str(self.folder), *options]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(arguments, env=environment, cwd=ROOT, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while self.ready() != 200:
            if self._process.poll() is not None or time.monotonic() > deadline:
                sys.exit(self.log.read_text()[-3000:])
            time.sleep(0.5)

    def ready(self) -> int:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health/ready", timeout=10).status_code
        except httpx.HTTPError:
            return 0

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def database(self) -> Database:
        """As the application sees it."""
        password = json.loads((self.folder / "secrets.json").read_text())["database_password"]
        sockets = (self.folder / "postgres" / "cip-embedded").resolve()
        return Database.connect(
            f"postgresql+asyncpg://{APPLICATION_LOGIN}:{password}@/{DATABASE}?host={sockets}", pool_size=2
        )

    def valkey(self) -> int:
        [pid] = [pid for pid, command in processes() if "valkey-server" in command and str(self.folder) in command]
        return pid

    def backend(self) -> int:
        """One that works for the application; the postmaster then restarts all of them, in crash recovery."""
        postmaster = int((self.folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        named = [pid for pid, command in processes() if command.startswith(f"postgres: {APPLICATION_LOGIN} ")]
        return next(pid for pid in named if parent(pid) == postmaster)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def processes() -> list[tuple[int, str]]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append((int(path.parent.name), path.read_bytes().replace(b"\0", b" ").decode(errors="replace")))
        except OSError:
            continue
    return found


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


async def tenants(database: Database) -> list[TestTenant]:
    found = []
    for demo in DEMO_TENANTS:
        tenant_id = await find_tenant_id(database, demo.slug)
        assert tenant_id is not None
        found.append(TestTenant(tenant_id, demo.slug, ""))
    return found


async def events(database: Database) -> dict[str, int]:
    counts = {}
    for tenant in await tenants(database):
        async with database.reading(tenant.id) as snapshot:
            counts[tenant.slug] = int(await snapshot.scalar(text("select count(*) from event")))
    return counts


async def kill_in_turn(demo: Demo, kills: int) -> None:
    database = demo.database()
    before = await events(database)
    for number in range(kills):
        name, pid = ("valkey", demo.valkey()) if number % 2 == 0 else ("a backend", demo.backend())
        os.kill(pid, signal.SIGKILL)
        begun = time.monotonic()
        await asyncio.sleep(BETWEEN_SECONDS)

        async def recovered() -> bool:
            return (await asyncio.to_thread(demo.ready)) == 200

        await wait_until(recovered, seconds=60)
        say(f"killed {name} ({pid}); ready {time.monotonic() - begun - BETWEEN_SECONDS:.1f} s after the pause")

    async def replayed_on() -> bool:
        now = await events(database)
        return all(now[slug] > before[slug] for slug in now)

    await wait_until(replayed_on, seconds=120)
    after = await events(database)
    replayed = ", ".join(f"{slug} {after[slug] - before[slug]:,}" for slug in after)
    say(f"events replayed meanwhile: {replayed}")
    await database.close()


async def compare(demo: Demo) -> int:
    database = demo.database()
    faults = 0
    for tenant in await tenants(database):

        async def nothing_waits(tenant: TestTenant = tenant) -> bool:
            return "outbox" not in await differences(database, tenant)

        await wait_until(nothing_waits, seconds=180)
        found = await differences(database, tenant)
        say(f"{tenant.slug}: {found or 'all equal'} ({', '.join(CHECKS)})")
        faults += len(found)
    await database.close()
    return faults


def main() -> int:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="cip-demo-")).resolve()
    demo = Demo(folder)
    say(f"demo in {folder}, its log in {demo.log}")
    try:
        demo.start()
        asyncio.run(kill_in_turn(demo, kills))
        demo.stop()
        demo.start("--no-replay")
        return 1 if asyncio.run(compare(demo)) else 0
    finally:
        demo.stop()


if __name__ == "__main__":
    sys.exit(main())

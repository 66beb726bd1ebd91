"""How much one message to one of many subscribers costs the server, next to graphql-ws on node in the same run.

python -m tests.benchmarks.fanout [--clients 100 500 1000] [--seconds 10]
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from models.database import Database
from tests.support import services
from tests.support.client import Api
from tests.support.world import make_tenant

HERE: Final = Path(__file__).parent
PEER: Final = HERE / "peer"
COLUMNS: Final = "{:<16}{:>9}{:>11}{:>14}{:>9}{:>9}{:>9}{:>9}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, nargs="+", default=[100, 500, 1_000])
    parser.add_argument("--seconds", type=int, default=10)
    arguments = parser.parse_args()
    running = services.TestServices()
    running.start()
    try:
        asyncio.run(services.clone_template("cip_bench"))
        asyncio.run(_make_tenant())
        with tempfile.TemporaryDirectory(prefix="cip-bench-") as folder:
            _compare(arguments.clients, arguments.seconds, _install_peer(Path(folder)))
    finally:
        running.stop()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _compare(sizes: list[int], seconds: int, peer: Path | None) -> None:
    _say(COLUMNS.format("10 messages/s to", "clients", "delivered", "CPU µs/msg", "CPU %", "p50 ms", "p99 ms", "MB"))
    for clients in sizes:
        figures = {}
        with _ours() as (pid, port, token):
            figures["ours"] = _load("/ticks", clients, seconds, pid, port, token)
        if peer is not None:
            with _node(peer) as (pid, port):
                figures["node graphql-ws"] = _load("/graphql", clients, seconds, pid, port, "")
        for name, one in figures.items():
            _say(
                COLUMNS.format(
                    name, clients, f"{one['received'] / one['expected']:.2%}", f"{one['cpu_us']:.1f}",
                    f"{one['cpu_share']:.0%}", f"{one['p50_ms']:.1f}", f"{one['p99_ms']:.1f}",
                    f"{one['memory_mb']:.0f}",
                )
            )  # fmt: skip
        if len(figures) == 2:
            ratio = figures["ours"]["cpu_us"] / figures["node graphql-ws"]["cpu_us"]
            _say(f"{'':<16}{clients:>9}  CPU per message: {ratio:.2f} of node's")


async def _make_tenant() -> None:
    database = Database.connect(services.application_url("cip_bench"))
    await make_tenant(database, "bench", "benchcanary")
    await database.close()


@contextmanager
def _ours() -> Iterator[tuple[int, int, str]]:
    command = [sys.executable, "-m", "tests.benchmarks.fanout.ours"]
    with _started([*command, services.application_url("cip_bench"), services.redis_url()]) as (pid, port):
        yield pid, port, asyncio.run(_token(port))


async def _token(port: int) -> str:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        token = (await Api(http).login("bench", "viewer")).token
    assert token is not None
    return token


@contextmanager
def _node(peer: Path) -> Iterator[tuple[int, int]]:
    with _started(["node", str(peer / "server.mjs")]) as started:
        yield started


@contextmanager
def _started(command: list[str]) -> Iterator[tuple[int, int]]:
    """A server that says its port in its first line."""
    environment = {**os.environ, "NODE_ENV": "production"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        yield process.pid, json.loads(process.stdout.readline())["port"]
    finally:
        process.terminate()
        process.wait(15)


def _load(path: str, clients: int, seconds: int, pid: int, port: int, token: str) -> dict[str, float]:
    order = {"path": path, "clients": clients, "seconds": seconds, "pid": pid, "port": port, "token": token}
    command = [sys.executable, "-m", "tests.benchmarks.fanout.load"]
    done = subprocess.run(command, input=json.dumps(order), stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _install_peer(folder: Path) -> Path | None:
    """None, and the reason is said, when the peer cannot be had here."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        _say("node or npm is missing: the peer is left out")
        return None
    peer = folder / "peer"
    shutil.copytree(PEER, peer)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    installed = subprocess.run(command, cwd=peer, check=False, capture_output=True, text=True)
    if installed.returncode:
        _say(f"npm ci failed: the peer is left out\n{installed.stderr}")
        return None
    return peer


if __name__ == "__main__":
    main()

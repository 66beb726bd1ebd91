"""A run on servers really is one: it cannot fall back to the embedded services unseen, nor the other way round."""

import os
import re
import subprocess
from pathlib import Path

import asyncpg

from api.embedded.binaries import postgres_programs, valkey_server
from tests.support import servers, services


def _version(program: Path) -> str:
    said = subprocess.run([str(program), "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\d+\.\d+(\.\d+)?", said)
    assert found, said
    return found[0]


def _same(one: str | Path, other: Path) -> bool:
    return Path(one).resolve() == other.resolve()


async def test_the_run_is_on_the_programs_of_its_mode() -> None:
    on_servers = services.mode() == "servers"
    programs = servers.postgres_programs() if on_servers else postgres_programs()
    connection = await asyncpg.connect(os.environ[services.ADMIN_VARIABLE])
    folder = await connection.fetchval("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
    version = await connection.fetchval("SHOW server_version")
    address = await connection.fetchval("SELECT inet_server_addr()")
    await connection.close()
    assert _same(folder, programs)
    assert version.split()[0] == _version(programs / "postgres")
    assert (address is not None) == on_servers

    redis = services.redis_client()
    info = await redis.info("server")
    await redis.aclose()
    assert _same(info["executable"], servers.redis_server() if on_servers else valkey_server())
    assert info.get("server_name", "redis") == ("redis" if on_servers else "valkey")
    assert info.get("valkey_version", info["redis_version"]) == _version(Path(info["executable"]))

"""The throw-away services: they start, keep their data, refuse company, and go when we go."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from api.embedded.errors import EmbeddedServiceError
from api.embedded.lock import DataFolderLock
from api.embedded.postgres import EmbeddedPostgres
from api.embedded.process import Identity
from api.embedded.services import EmbeddedServices
from api.embedded.valkey import EmbeddedValkey
from models.urls import sqlalchemy_url
from tests.embedded.waiting import is_running, wait_until

QUICK = {"fsync": "off", "max_connections": "20"}
HOLDER = Path(__file__).with_name("holder.py")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")


def ask(postgres: EmbeddedPostgres, *statements: str) -> object:
    async def run() -> object:
        engine = create_async_engine(sqlalchemy_url(postgres.url()), poolclass=pool.NullPool)
        try:
            async with engine.begin() as connection:
                answers = [await connection.execute(text(statement)) for statement in statements]
                return answers[-1].scalar_one() if answers[-1].returns_rows else None
        finally:
            await engine.dispose()

    return asyncio.run(run())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(HOLDER), str(tmp_path / "data"), "normal"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HOLDER.parents[2])
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def pids_of(holder: subprocess.Popen[str]) -> tuple[int, int, int]:
    assert holder.stdout is not None
    user, postgres, valkey = holder.stdout.readline().split()
    return int(user), int(postgres), int(valkey)


def test_both_services_keep_their_data_over_a_restart_and_leave_no_process(tmp_path: Path) -> None:
    services = EmbeddedServices(tmp_path, postgres_options=QUICK)
    with services:
        ask(services.postgres, "CREATE TABLE kept (value int)", "INSERT INTO kept VALUES (42)")
        with Redis.from_url(services.valkey.url) as redis:
            redis.set("kept", "42")
        pids = services.postgres.pid, services.valkey.pid
    assert [is_running(pid) for pid in pids] == [False, False]
    with services:
        assert ask(services.postgres, "SELECT value FROM kept") == 42
        with Redis.from_url(services.valkey.url) as redis:
            assert redis.get("kept") == b"42"


def test_options_reach_the_server_and_nothing_listens_on_the_network(tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path, postgres_options=QUICK) as services:
        assert ask(services.postgres, "SHOW max_connections") == "20"
        assert ask(services.postgres, "SHOW shared_preload_libraries") == "pg_stat_statements"
        assert ask(services.postgres, "SHOW listen_addresses") == ""
        with Redis.from_url(services.valkey.url) as redis:
            assert redis.config_get("port") == {"port": "0"}


def test_only_the_owner_can_reach_sockets_and_password(tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path, postgres_options=QUICK) as services:
        assert mode(Path(str(ask(services.postgres, "SHOW unix_socket_directories")))) == 0o700
        assert mode(Path(services.valkey.url.removeprefix("unix://")).parent) == 0o700
        assert mode(tmp_path / "postgres" / "superuser.password") == 0o600


def test_a_folder_in_use_is_refused_with_one_line(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path), pytest.raises(EmbeddedServiceError) as refused:
        EmbeddedServices(tmp_path).start()
    assert str(refused.value) == f"the data folder {tmp_path} is in use by process {os.getpid()}"


def test_the_refused_one_does_not_take_the_lock_away(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path):
        for _ in range(2):
            with pytest.raises(EmbeddedServiceError, match="is in use"):
                DataFolderLock(tmp_path).acquire()


@pytest.mark.parametrize("left_over", ["zombie", "other program", "gone"])
def test_a_pid_file_left_over_from_a_crash_is_no_obstacle(tmp_path: Path, left_over: str) -> None:
    postgres = EmbeddedPostgres(tmp_path, options=QUICK)
    postgres.start()
    pid_file = postgres.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    postgres.stop()
    child = subprocess.Popen(["sleep", "60"] if left_over == "other program" else ["true"])
    try:
        if left_over == "zombie":
            wait_until(lambda: not is_running(child.pid))
        elif left_over == "gone":
            child.wait()
        pid_file.write_text("\n".join([str(child.pid), *lines[1:]]) + "\n")
        pid_file.chmod(0o600)
        postgres.start()
        assert ask(postgres, "SELECT 1") == 1
    finally:
        postgres.stop()
        child.kill()
        child.wait()


def test_a_long_path_gets_short_sockets_that_are_removed_again(tmp_path: Path) -> None:
    root = tmp_path / ("long" * 30)
    postgres, valkey = EmbeddedPostgres(root / "postgres", options=QUICK), EmbeddedValkey(root / "valkey")
    try:
        postgres.start()
        valkey.start()
        folder = Path(str(ask(postgres, "SHOW unix_socket_directories")))
        socket = Path(valkey.url.removeprefix("unix://"))
        assert max(len(str(folder)), len(str(socket))) < 60
        with Redis.from_url(valkey.url) as redis:
            assert redis.ping() is True
    finally:
        postgres.stop()
        valkey.stop()
    assert [path.parent.exists() for path in (folder, socket.parent)] == [False, False]


def test_a_folder_with_spaces_and_commas_works(tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path / "my data, mine", postgres_options=QUICK) as services:
        assert ask(services.postgres, "SELECT 1") == 1
        with Redis.from_url(services.valkey.url) as redis:
            assert redis.ping() is True


@on_linux
def test_after_kill_nine_of_a_normal_user_nothing_runs_and_the_folder_is_free(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    user, postgres, valkey = pids_of(holder)
    assert user != 0
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    wait_until(lambda: not is_running(postgres) and not is_running(valkey))
    with EmbeddedServices(tmp_path / "data", postgres_options=QUICK) as services:
        assert ask(services.postgres, "SELECT 1") == 1


@on_linux
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_without_namespaces_runs_the_server_as_nobody(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path, options=QUICK, identity=Identity.NOBODY)
    postgres.start()
    try:
        owner = Path(f"/proc/{postgres.pid}").stat().st_uid
        assert owner == postgres.data.stat().st_uid != 0
        assert ask(postgres, "SELECT 1") == 1
    finally:
        postgres.stop()


def test_a_server_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path, options={**QUICK, "max_connections": "none"})
    with pytest.raises(EmbeddedServiceError) as failed:
        postgres.start()
    assert 'invalid value for parameter "max_connections"' in str(failed.value)
    assert "\n" not in str(failed.value)


def test_services_are_not_started_from_another_thread(tmp_path: Path) -> None:
    errors: list[EmbeddedServiceError] = []

    def start() -> None:
        try:
            EmbeddedValkey(tmp_path).start()
        except EmbeddedServiceError as error:
            errors.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert [str(error) for error in errors] == ["embedded services must be started from the main thread"]


async def test_a_valkey_that_is_killed_is_started_again_with_its_data(tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path, postgres_options=QUICK) as services:
        killed = services.valkey.pid
        watching = asyncio.create_task(services.watch())
        with Redis.from_url(services.valkey.url) as redis:
            redis.set("kept", "42")
            redis.execute_command("WAITAOF", 1, 0, 0)
            os.kill(killed, signal.SIGKILL)

            def is_back() -> bool:
                try:
                    return services.valkey.pid != killed and redis.get("kept") == b"42"
                except RedisError:
                    return False

            while not is_back():
                await asyncio.sleep(0.02)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

"""Commands end in one clear line and exit code 1 when something is a person's to mend."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.main import main
from api.embedded.lock import DataFolderLock

Cip = Callable[..., list[str]]
VARIABLES = (
    *("DATABASE_URL", "POSTGRES_URL", "DATABASE_MIGRATION_URL"),
    *("REDIS_URL", "JWT_SECRET_KEY", "ENVIRONMENT", "PORT"),
)


@pytest.fixture
def failing_cip(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cip:
    """Runs a command that must fail and gives its lines on standard error."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, **environment: str) -> list[str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["cip", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        return capsys.readouterr().err.splitlines()

    return run


def test_a_taken_port_is_found_before_anything_is_started(failing_cip: Cip, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        lines = failing_cip("demo", "--data-dir", str(tmp_path / "data"), PORT=port)
    assert lines == [f"cip: port {port} on 127.0.0.1 is taken, choose another one with PORT=..."]
    assert not (tmp_path / "data").exists()


def test_a_demo_is_refused_in_production(failing_cip: Cip, tmp_path: Path) -> None:
    lines = failing_cip("demo", "--data-dir", str(tmp_path / "data"), ENVIRONMENT="production")
    assert lines == ["cip: ENVIRONMENT: production runs no demo, its users and passwords are public"]
    assert not (tmp_path / "data").exists()


def test_a_data_folder_in_use_is_neither_started_nor_removed(failing_cip: Cip, tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with DataFolderLock(tmp_path):
        started = failing_cip("demo", "--data-dir", str(tmp_path), PORT=_free_port())
        removed = failing_cip("demo", "--reset", "--data-dir", str(tmp_path))
    assert len(started) == len(removed) == 1
    assert started[0].startswith(f"cip: the data folder {tmp_path} is in use by process ")
    assert removed == started
    assert (tmp_path / "postgres").is_dir()


def test_reset_removes_what_the_demo_made_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("postgres/data/PG_VERSION", "valkey/appendonly", "secrets.json", "mine.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr("sys.argv", ["cip", "demo", "--reset", "--data-dir", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "mine.txt"]


def test_a_missing_configuration_names_every_variable(failing_cip: Cip) -> None:
    assert [line.split(":")[1] for line in failing_cip("serve")] == [" DATABASE_URL", " REDIS_URL", " JWT_SECRET_KEY"]


def test_a_database_that_is_not_there_is_one_line(failing_cip: Cip, tmp_path: Path) -> None:
    url = f"postgresql://migrator@/cip?host={tmp_path}"
    (line,) = failing_cip("migrate", DATABASE_MIGRATION_URL=url)
    assert line.startswith("cip: DATABASE_MIGRATION_URL: ")
    assert "No such file or directory" in line


def test_bootstrap_says_what_is_missing(failing_cip: Cip) -> None:
    urls = {"DATABASE_URL": "postgresql://web@db/cip", "DATABASE_MIGRATION_URL": "postgresql://migrator@db/cip"}
    (line,) = failing_cip("bootstrap", **urls)
    assert line.startswith("cip: --admin-url is missing")


def test_the_doctor_reports_a_faulty_configuration(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.argv", ["cip", "doctor"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    verdicts = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert verdicts == [["ok", "versions"], *[["fault", "configuration"]] * 3]


def _free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])

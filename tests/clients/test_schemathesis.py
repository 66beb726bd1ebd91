"""Schemathesis makes requests of the schema itself, and none of them is answered by a failure of the server."""

import fcntl
import os
import re
import subprocess
import venv
from hashlib import sha256
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.support.client import Api
from tests.support.log_lines import kept_lines
from tests.support.programs import run_program

PINNED: Final = Path(__file__).parent / "fuzz" / "requirements.txt"
"""An environment of its own: it wants other versions than the product."""
ENDING: Final = ("login", "logout", "refreshSession", "sessionRevoke", "sessionEnd", "passwordChange", "memberReset")
"""Mutations that would end the session it runs in, or try passwords."""
FAILURES: Final = ("INTERNAL_SERVER_ERROR", "Traceback")


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One environment for all processes of the run, and for the next run with the same versions."""
    folder = tmp_path_factory.getbasetemp().parent / f"fuzz-{sha256(PINNED.read_bytes()).hexdigest()[:12]}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            venv.create(folder, with_pip=True)
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            done = subprocess.run([*pip, "-r", str(PINNED)], check=False, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            (folder / "installed").touch()
    return folder / "bin" / "schemathesis"


async def test_no_generated_request_makes_the_server_fail(program: Path, url: str, tmp_path: Path) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        admin = await Api(http).login("acme", "admin")
    command = [str(program), "run", f"{url}/graphql", "--header", f"Authorization: Bearer {admin.token}"]
    options = ["--checks", "nothing_of_the_server_fails", "--phases", "fuzzing", "--max-examples", "2", "--seed", "1"]
    quiet = ["--no-color", "--generation-database", "none", "--suppress-health-check", "all"]
    left_out = [part for name in ENDING for part in ("--exclude-name", f"Mutation.{name}")]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"SCHEMATHESIS_HOOKS": "checks", "PYTHONPATH": str(PINNED.parent)}
    with kept_lines() as lines:
        printed = await run_program([*command, *options, *quiet, *left_out], tmp_path, environment)
    asked = re.search(r"Operations:\s+(\d+) selected", printed)
    assert asked is not None, printed
    assert int(asked.group(1)) > 100, printed
    assert [line for line in lines.rendered if any(failure in line for failure in FAILURES)] == []

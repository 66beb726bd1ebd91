"""Other people's programs, run by node. Their packages are pinned here and installed into a temporary folder."""

import fcntl
import shutil
import subprocess
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from tests.support.programs import run_program

HERE: Final = Path(__file__).parent
PINNED: Final = ("package.json", "package-lock.json")
NODE: Final = shutil.which("node")
NPM: Final = shutil.which("npm")
OLDEST: Final = 20

needs_node = pytest.mark.skipif(NODE is None or NPM is None, reason="node or npm is missing: install node 20 or newer")


def digest(pinned: Path = HERE) -> str:
    """Of the packages that stand in a folder's files."""
    return sha256(b"".join((pinned / name).read_bytes() for name in PINNED)).hexdigest()[:12]


def install(folder: Path, pinned: Path = HERE) -> None:
    """What the lock file says, with nothing run on the way. Processes that come together install once."""
    assert NODE is not None
    assert NPM is not None
    version = subprocess.run([NODE, "--version"], check=True, capture_output=True, text=True).stdout
    assert int(version.strip().lstrip("v").split(".")[0]) >= OLDEST, f"node is {version.strip()}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "installed").exists():
            return
        for name in PINNED:
            shutil.copy(pinned / name, folder)
        command = [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        (folder / "installed").touch()


async def run(folder: Path, script: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What the script prints, when it ends well. Modules are looked for beside it, so it is run from the folder."""
    assert NODE is not None
    copied = folder / script.name
    shutil.copy(script, copied)
    return await run_program([NODE, str(copied), *arguments], folder, environment)

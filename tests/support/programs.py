"""Programs of others, run beside the server in the test's own loop."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

PATIENCE: Final = 120.0
LAST_SAID: Final = 6_000
"""Characters of what it printed, for programs that tell their faults there."""


async def run_program(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """What it prints, when it ends well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
        cwd=folder,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            output, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, f"{errors.decode()}{output.decode()[-LAST_SAID:]}"
    return output.decode()

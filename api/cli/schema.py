from pathlib import Path
from typing import Annotated

import typer

DESTINATION = Path(__file__).resolve().parents[2] / "schema.graphql"


def schema(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail when the file differs.")] = False,
) -> None:
    """Write schema.graphql, the contract between server and clients."""
    from api.cli.faults import CommandError
    from api.schema import sdl

    text = sdl().rstrip("\n") + "\n"
    current = DESTINATION.read_text() if DESTINATION.exists() else None
    if check:
        if current != text:
            raise CommandError(
                f"{DESTINATION.name} differs from the code, run `make schema` and look at the difference"
            )
    elif current != text:
        DESTINATION.write_text(text)
        print(f"Wrote {DESTINATION.name}.")

from pathlib import Path
from typing import Annotated, Final

import typer

ROOT: Final = Path(__file__).resolve().parents[2]
DESTINATION = ROOT / "schema.graphql"
PERMISSIONS: Final = ROOT / "docs" / "api" / "permissions.md"


def schema(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail when a file differs.")] = False,
) -> None:
    """Write schema.graphql, the contract between server and clients, and the page that says who may ask for what."""
    from api.cli.faults import CommandError
    from api.cli.permissions_page import page
    from api.schema import sdl

    for path, text in ((DESTINATION, sdl().rstrip("\n") + "\n"), (PERMISSIONS, page())):
        if path.exists() and path.read_text() == text:
            continue
        if check:
            raise CommandError(f"{path.name} differs from the code, run `make schema` and look at the difference")
        path.write_text(text)
        print(f"Wrote {path.name}.")

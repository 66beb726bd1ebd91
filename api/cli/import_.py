import os
from pathlib import Path
from typing import Annotated

import typer


def import_(
    file: Annotated[Path, typer.Argument(help="CSV (also gzipped) or Parquet.", exists=True, dir_okay=False)],
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")],
    kind: Annotated[str | None, typer.Option(help="customers, orders, events or conversations.")] = None,
    preset: Annotated[str | None, typer.Option(help="A mapping with a name, for example online_retail.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A mapping as JSON; guessed when left out.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and write nothing.")] = False,
) -> None:
    """Import a file. Rows that are refused stand in an error file beside it; then the exit code is 1."""
    import asyncio

    from api.cli.database import readable_database_errors
    from api.cli.import_run import import_file
    from api.cli.stopping import stopped_by_signals
    from api.settings import load_settings

    settings = load_settings(os.environ)
    with stopped_by_signals(), readable_database_errors("DATABASE_URL"):
        record = asyncio.run(import_file(settings, file, tenant, kind, preset, mapping, dry_run=dry_run))
        if record.failed:
            raise typer.Exit(1)

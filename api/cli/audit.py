import os
import sys
from typing import Annotated

import typer

app = typer.Typer(help="The audit trail.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keeps `verify` a command of its own, whatever others there are."""


@app.command("verify")
def verify_command(
    slug: Annotated[str, typer.Argument(help="Short name of the tenant.")],
    anchor: Annotated[str | None, typer.Option(help="A head that was printed or logged before, NUMBER:HASH.")] = None,
) -> None:
    """Go through a tenant's whole trail, print its head, and fail at the first entry that is not what was written."""
    import asyncio

    from api.audit.chain import head_of
    from api.audit.verifying import Verdict, verify
    from api.cli.database import readable_database_errors
    from api.cli.faults import CommandError
    from api.settings import Settings, load_settings
    from api.tenants.repository import find_tenant_id
    from models.database import Database

    kept = None if anchor is None else head_of(anchor)
    if anchor is not None and kept is None:
        raise CommandError("--anchor is a number, a colon and a hash, as this command prints them")

    async def run(settings: Settings) -> Verdict:
        database = Database.connect(settings.database_url, pool_size=1)
        try:
            tenant_id = await find_tenant_id(database, slug)
            if tenant_id is None:
                raise CommandError(f"there is no tenant {slug!r}")
            async with database.reading(tenant_id) as snapshot:
                return await verify(snapshot, anchor=kept, most=None)
        finally:
            await database.close()

    with readable_database_errors("DATABASE_URL"):
        verdict = asyncio.run(run(load_settings(os.environ)))
    if verdict.broken is None:
        print(f"{slug}: {verdict.head.number:,} entries are as they were written, {verdict.waiting:,} wait for a seal.")
        print(f"{slug}: head {verdict.head}")
        return
    found = verdict.broken
    place = "without a place in the chain" if found.number is None else f"at number {found.number}"
    print(f"{slug}: {found.fault.value} {place}, entry {found.entry_id}", file=sys.stderr)
    sys.exit(1)

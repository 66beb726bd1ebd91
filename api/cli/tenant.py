import os
from typing import Annotated

import typer

app = typer.Typer(help="Tenants.", no_args_is_help=True)


@app.command("create")
def create(
    slug: Annotated[str, typer.Argument(help="Short name in addresses and at login, for example acme.")],
    admin: Annotated[str, typer.Option(help="User name of the first administrator.")],
    name: Annotated[str | None, typer.Option(help="The company's name; the slug when left out.")] = None,
    time_zone: Annotated[str, typer.Option(help="Where its days begin, for example Europe/London.")] = "UTC",
    currency: Annotated[str, typer.Option(help="Of all its orders, for example GBP.")] = "USD",
) -> None:
    """Create a tenant and print the one-time link with which its administrator sets a password."""
    import asyncio
    from datetime import UTC, datetime

    from api.cli.database import readable_database_errors
    from api.settings import Settings, load_settings
    from api.tenants.service import create_tenant
    from models.database import Database

    async def run(settings: Settings) -> str:
        database = Database.connect(settings.database_url, pool_size=1)
        try:
            created = await create_tenant(
                database, slug, admin, datetime.now(UTC), name=name, time_zone=time_zone, currency=currency
            )
        finally:
            await database.close()
        return created.setup_token

    settings = load_settings(os.environ)
    with readable_database_errors("DATABASE_URL"):
        token = asyncio.run(run(settings))
    print(f"{settings.base_url}/setup?token={token}")


@app.command("rebuild")
def rebuild(slug: Annotated[str, typer.Argument(help="Short name of the tenant.")]) -> None:
    """Have the worker work out sessions, replies and journeys again: after an upgrade that brings new ones."""
    import asyncio
    from datetime import UTC, datetime

    from api.cli.database import readable_database_errors
    from api.cli.faults import CommandError
    from api.metrics.rebuild import rebuild_facts
    from api.settings import Settings, load_settings
    from api.tenants.repository import find_tenant_id
    from models.database import Database

    async def run(settings: Settings) -> int:
        database = Database.connect(settings.database_url, pool_size=1)
        try:
            tenant_id = await find_tenant_id(database, slug)
            if tenant_id is None:
                raise CommandError(f"there is no tenant {slug!r}")
            return await rebuild_facts(database, tenant_id, datetime.now(UTC))
        finally:
            await database.close()

    with readable_database_errors("DATABASE_URL"):
        sent = asyncio.run(run(load_settings(os.environ)))
    print(f"{slug}: {sent:,} messages wait for the worker.")

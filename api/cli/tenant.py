import os
from typing import Annotated

import typer

app = typer.Typer(help="Tenants.", no_args_is_help=True)


@app.callback()
def tenant() -> None:
    """Keeps `create` a command of its own while it is the only one."""


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

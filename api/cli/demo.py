import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.demo_data import remove_data

if TYPE_CHECKING:
    from api.embedded.services import EmbeddedServices
    from api.settings import Settings

HOST = "127.0.0.1"
DATABASE = "cip"
APPLICATION_LOGIN = "cip_web"
MIGRATION_LOGIN = "cip_migrator"


def demo(
    data_dir: Annotated[Path, typer.Option(help="Where the data is kept.")] = Path(".cip"),
    replay: Annotated[
        bool, typer.Option(help="Feed the demo tenants' last weeks in, faster than they happened.")
    ] = True,
    reset: Annotated[bool, typer.Option("--reset", help="Remove the data of earlier runs and stop.")] = False,
) -> None:
    """Run everything in one process, on embedded services, with two demo tenants."""
    if reset:
        remove_data(data_dir)
        return

    from api.cli.logs import configure_logging
    from api.cli.serving import claim_port, run
    from api.cli.stopping import stopped_by_signals
    from api.embedded.services import EmbeddedServices

    configure_logging("demo")
    settings = _settings(os.environ)
    with stopped_by_signals(), claim_port(HOST, settings.port) as port:
        print("Starting PostgreSQL and Valkey ...", flush=True)
        with EmbeddedServices(data_dir) as services:
            settings = _prepare(services, settings)
            from api.app import create_app

            app = create_app(settings, with_worker=True, with_replay=replay, watch=services.watch)
            run(app, port, lambda: _announce(settings))


def _settings(env: Mapping[str, str]) -> "Settings":
    """Checked before anything starts; the services' own addresses and secrets come in when they run."""
    from secrets import token_urlsafe

    from api.settings import load_settings

    stand_in = {
        "DATABASE_URL": "postgresql://demo@localhost/demo",
        "REDIS_URL": "redis://localhost",
        "JWT_SECRET_KEY": token_urlsafe(48),
    }
    return load_settings({**env, **stand_in}, demo=True)


def _prepare(services: "EmbeddedServices", settings: "Settings") -> "Settings":
    import asyncio

    from pydantic import SecretStr

    from api.cli.demo_data import load_secrets
    from api.demo.seed import seed
    from models.bootstrap import bootstrap
    from models.migrations import upgrade
    from models.roles import plan_roles
    from models.urls import sqlalchemy_url

    secrets = load_secrets(services.folder)
    database_url = services.postgres.url(DATABASE, APPLICATION_LOGIN, secrets.database_password)
    migration_url = services.postgres.url(DATABASE, MIGRATION_LOGIN, secrets.migration_password)
    complete = settings.model_copy(
        update={
            "database_url": sqlalchemy_url(database_url),
            "redis_url": services.valkey.url,
            "jwt_secret_key": SecretStr(secrets.jwt_secret_key),
        }
    )

    async def fill() -> None:
        await bootstrap(services.postgres.url(), plan_roles(database_url, migration_url))
        await upgrade(migration_url)
        await seed(complete, _show)

    asyncio.run(fill())
    return complete


def _show(line: str) -> None:
    print(line, flush=True)


def _announce(settings: "Settings") -> None:
    from api.demo.tenants import DEMO_TENANTS

    rows = [(tenant.slug, user.username, user.password) for tenant in DEMO_TENANTS for user in tenant.users]
    print(f"\nServing on {settings.base_url}   (Ctrl-C stops everything)\n")
    for row in (("tenant", "user", "password"), *rows):
        print("  {:<10}{:<10}{}".format(*row))
    print(flush=True)

import os
from typing import Annotated

import typer


def bootstrap(
    admin_url: Annotated[str | None, typer.Option(help="An administrator's URL of the same server.")] = None,
    print_only: Annotated[
        bool, typer.Option("--print", help="Show the SQL, passwords masked, and change nothing.")
    ] = False,
) -> None:
    """Make the roles and the database named by DATABASE_URL and DATABASE_MIGRATION_URL; safe to repeat."""
    import asyncio

    from api.cli.database import readable_database_errors
    from api.cli.faults import CommandError
    from api.settings import application_url, migration_url
    from models.bootstrap import bootstrap as carry_out
    from models.bootstrap import printed
    from models.roles import plan_roles

    plan = plan_roles(application_url(os.environ), migration_url(os.environ))
    if print_only:
        print(printed(plan))
        return
    if admin_url is None:
        raise CommandError("--admin-url is missing, give an administrator's URL or look at the SQL with --print")
    with readable_database_errors("--admin-url"):
        asyncio.run(carry_out(admin_url, plan))
    print(f"Database {plan.database}: application {plan.application.name}, migrations {plan.migrator.name}.")

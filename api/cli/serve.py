import os
from typing import Annotated

import typer


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 behind a proxy or in a container.")
    ] = "127.0.0.1",
    with_worker: Annotated[bool, typer.Option(help="Run the worker in this process too.")] = False,
) -> None:
    """Serve the API and the pages on servers given by DATABASE_URL and REDIS_URL."""
    import asyncio

    from api.cli.database import check_database
    from api.cli.logs import configure_logging
    from api.cli.serving import claim_port, run
    from api.cli.stopping import stopped_by_signals
    from api.settings import load_settings

    configure_logging("web")
    settings = load_settings(os.environ)
    with stopped_by_signals(), claim_port(host, settings.port) as port:
        asyncio.run(check_database(settings.database_url))
        from api.app import create_app

        app = create_app(settings, with_worker=with_worker)
        run(app, port, lambda: print(f"Serving on {settings.base_url}", flush=True))

import os


def worker() -> None:
    """Relay events to the streams, keep the metrics and run the jobs, until stopped."""
    from api.cli.database import check_database
    from api.cli.logs import configure_logging
    from api.cli.stopping import run_until_stopped, stopped_by_signals
    from api.settings import Settings, load_settings

    async def work(settings: Settings) -> None:
        await check_database(settings.database_url)
        from api.worker import run

        print("Working.", flush=True)
        await run(settings)

    configure_logging("worker")
    settings = load_settings(os.environ)
    with stopped_by_signals():
        run_until_stopped(work(settings))

import os


def seed() -> None:
    """Load the demo tenants; what is complete is left alone."""
    import asyncio

    from api.cli.database import readable_database_errors
    from api.demo.seed import seed as load
    from api.settings import load_settings

    settings = load_settings(os.environ, demo=True)
    with readable_database_errors("DATABASE_URL"):
        asyncio.run(load(settings, print))

import os


def migrate() -> None:
    """Bring the database named by DATABASE_MIGRATION_URL to the newest revision."""
    import asyncio

    from api.cli.database import readable_database_errors
    from api.settings import migration_url
    from models.migrations import head_revision, upgrade

    url = migration_url(os.environ)
    with readable_database_errors("DATABASE_MIGRATION_URL"):
        asyncio.run(upgrade(url))
    print(f"The database is at revision {head_revision()}.")

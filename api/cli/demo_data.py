"""What a demo keeps in its data folder beside the services' own data: its secrets, made once, for its owner alone."""

import json
import os
import secrets
import shutil
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.cli.faults import CommandError

SECRET_BYTES = 48
SECRETS = "secrets.json"
SERVICES = ("postgres", "valkey")


class DemoSecrets(BaseModel):
    model_config = ConfigDict(frozen=True)

    database_password: str = Field(repr=False)
    migration_password: str = Field(repr=False)
    jwt_secret_key: str = Field(repr=False)


def load_secrets(folder: Path) -> DemoSecrets:
    file = folder / SECRETS
    try:
        text = file.read_text()
    except FileNotFoundError:
        return _make(file)
    try:
        return DemoSecrets.model_validate(json.loads(text))
    except (ValueError, ValidationError):
        raise CommandError(f"{file} is damaged, start over with `make demo-reset`") from None


def remove_data(folder: Path) -> None:
    """Only what the demo made: the folder may have been chosen by a person and hold more."""
    from api.embedded.lock import DataFolderLock

    if not folder.exists():
        return
    with DataFolderLock(folder):
        for name in SERVICES:
            if (folder / name).exists():
                shutil.rmtree(folder / name)
        (folder / SECRETS).unlink(missing_ok=True)


def _make(file: Path) -> DemoSecrets:
    made = DemoSecrets(**{name: secrets.token_urlsafe(SECRET_BYTES) for name in DemoSecrets.model_fields})
    unfinished = file.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(made.model_dump_json())
    unfinished.rename(file)
    return made

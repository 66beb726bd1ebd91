from pathlib import Path

import pytest

from api.cli.demo_data import load_secrets
from api.cli.faults import CommandError


def test_secrets_are_made_once_per_installation_for_the_owner_alone(tmp_path: Path) -> None:
    first, second, other = tmp_path / "first", tmp_path / "first", tmp_path / "other"
    for folder in (first, other):
        folder.mkdir()
    assert load_secrets(first) == load_secrets(second)
    assert load_secrets(first) != load_secrets(other)
    assert (first / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert len({*load_secrets(first).model_dump().values()}) == 3


def test_secrets_are_not_printed(tmp_path: Path) -> None:
    secrets = load_secrets(tmp_path)
    assert secrets.jwt_secret_key not in repr(secrets)


@pytest.mark.parametrize("damage", ["", "{", '{"database_password": "x"}'])
def test_a_damaged_file_is_not_replaced(tmp_path: Path, damage: str) -> None:
    (tmp_path / "secrets.json").write_text(damage)
    with pytest.raises(CommandError, match=r"is damaged, start over with `make demo-reset`$"):
        load_secrets(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == damage

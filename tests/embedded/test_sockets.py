from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from api.embedded.sockets import LONGEST_FOLDER, open_socket_folder


@pytest.fixture
def long_root(tmp_path: Path) -> Path:
    root = tmp_path / ("long" * 30)
    root.mkdir()
    return root


def test_a_short_plain_path_keeps_its_sockets() -> None:
    with TemporaryDirectory(dir="/tmp") as root:
        folder = open_socket_folder(Path(root))
        assert folder.path == Path(root) / "cip-embedded"
        folder.remove()
        assert folder.path.is_dir()


def test_a_long_path_gets_a_short_folder_until_it_is_removed(long_root: Path) -> None:
    folder = open_socket_folder(long_root)
    assert len(str(folder.path)) < LONGEST_FOLDER
    assert folder.path.stat().st_mode & 0o777 == 0o700
    folder.remove()
    assert not folder.path.parent.exists()
    assert list(long_root.iterdir()) == []


def test_what_a_killed_start_left_behind_is_removed_by_the_next(long_root: Path) -> None:
    killed = open_socket_folder(long_root)
    following = open_socket_folder(long_root)
    assert not killed.path.parent.exists()
    assert following.path.is_dir()
    following.remove()


def test_a_link_that_is_not_ours_costs_nobody_a_folder(long_root: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious" / "cip-embedded"
    precious.mkdir(parents=True)
    (long_root / "cip-embedded").symlink_to(precious)
    open_socket_folder(long_root).remove()
    assert precious.is_dir()

"""Where the Unix sockets live: beside the data, or in a short temporary folder when that path suits no socket."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from api.settings import EMBEDDED_SOCKET_FOLDER

# A socket's whole path has 104 bytes on macOS and 108 on Linux; the longest name in the folder is `/.s.PGSQL.5432`.
LONGEST_FOLDER = 85
# PostgreSQL reads the setting as a list, so commas, quotes and spaces would need escapes of their own.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")


PREFIX = "cip-sockets-"


@dataclass(frozen=True)
class SocketFolder:
    path: Path
    link: Path | None
    """Beside the data, when the folder is elsewhere: by it the next start finds what a killed one left behind."""

    def remove(self) -> None:
        if self.link is not None:
            _remove_temporary(self.link)


def open_socket_folder(root: Path) -> SocketFolder:
    path = root / EMBEDDED_SOCKET_FOLDER
    if path.is_symlink():
        _remove_temporary(path)
    if len(str(path).encode()) <= LONGEST_FOLDER and PLAIN_PATH.fullmatch(str(path)):
        path.mkdir(mode=0o700, exist_ok=True)
        return SocketFolder(path, None)
    temporary = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp")) / EMBEDDED_SOCKET_FOLDER
    temporary.mkdir(mode=0o700)
    path.symlink_to(temporary)
    return SocketFolder(temporary, path)


def _remove_temporary(link: Path) -> None:
    folder = link.readlink().parent
    link.unlink()
    if folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)

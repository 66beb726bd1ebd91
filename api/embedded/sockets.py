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


@dataclass(frozen=True)
class SocketFolder:
    path: Path
    temporary: bool

    def remove(self) -> None:
        if self.temporary:
            shutil.rmtree(self.path.parent, ignore_errors=True)


def open_socket_folder(root: Path) -> SocketFolder:
    path = root / EMBEDDED_SOCKET_FOLDER
    temporary = len(str(path).encode()) > LONGEST_FOLDER or not PLAIN_PATH.fullmatch(str(path))
    if temporary:
        path = Path(tempfile.mkdtemp(prefix="cip-", dir="/tmp")) / EMBEDDED_SOCKET_FOLDER
    path.mkdir(mode=0o700, exist_ok=True)
    return SocketFolder(path, temporary)

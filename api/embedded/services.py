"""Both services below one data folder, held by one process."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from api.embedded.lock import DataFolderLock
from api.embedded.postgres import EmbeddedPostgres
from api.embedded.valkey import EmbeddedValkey


class EmbeddedServices:
    def __init__(self, folder: Path, *, postgres_options: Mapping[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.lock = DataFolderLock(self.folder)
        self.postgres = EmbeddedPostgres(self.folder / "postgres", options=postgres_options)
        self.valkey = EmbeddedValkey(self.folder / "valkey")

    def start(self) -> None:
        self.lock.acquire()
        try:
            self.valkey.start()
            self.postgres.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        try:
            self.postgres.stop()
        finally:
            try:
                self.valkey.stop()
            finally:
                self.lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

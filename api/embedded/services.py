"""Both services below one data folder, held by one process."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from api.embedded.lock import DataFolderLock
from api.embedded.postgres import EmbeddedPostgres
from api.embedded.valkey import EmbeddedValkey

LOOK_SECONDS: Final = 0.5
LONGEST_PAUSE: Final = 30.0

log = logging.getLogger(__name__)


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

    async def watch(self) -> None:
        """Until cancelled: a Valkey that dies is started again, more slowly each time that it dies at once.

        PostgreSQL's postmaster does the same for its backends. Must run in the main thread, like `start`.
        """
        pause = LOOK_SECONDS
        while True:
            await asyncio.sleep(pause)
            if self.valkey.revive():
                log.warning("Valkey has died and is started again")
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = LOOK_SECONDS

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

"""Watches over all open sockets of this process: that their sessions are still open, and that their clients read."""

import asyncio
import logging
from collections import defaultdict
from itertools import count
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from api.auth.principal import Principal
from api.graphql.credentials import FindPrincipals
from api.graphql.sockets.frames import FORBIDDEN, TRY_AGAIN_LATER, Closing
from api.graphql.sockets.outbox import tally
from models.database import is_unreachable

ROUND_SECONDS: Final = 1.0
ROUNDS_A_SESSION_CHECK: Final = 2
PATIENCE_SECONDS: Final = 2.0

log = logging.getLogger(__name__)


class Watched(Protocol):
    @property
    def principal(self) -> Principal: ...

    def stalled(self) -> bool: ...

    def end(self, closing: Closing) -> None: ...


class Supervision:
    """One task for all sockets, and one statement for all sessions of a tenant."""

    def __init__(self, find_principals: FindPrincipals) -> None:
        self._find_principals = find_principals
        self._sockets: set[Watched] = set()
        self._task: asyncio.Task[None] | None = None

    def watch(self, socket: Watched) -> None:
        self._sockets.add(socket)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def unwatch(self, socket: Watched) -> None:
        self._sockets.discard(socket)
        if not self._sockets and self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait([task])
            tally.report()

    async def _run(self) -> None:
        for turn in count(1):
            await asyncio.sleep(ROUND_SECONDS)
            tally.report()
            for socket in tuple(self._sockets):
                if socket.stalled():
                    socket.end(Closing(TRY_AGAIN_LATER, "Nothing was read for too long"))
            if turn % ROUNDS_A_SESSION_CHECK == 0:
                await self._check_sessions()

    async def _check_sessions(self) -> None:
        tenants: dict[UUID, list[Watched]] = defaultdict(list)
        for socket in self._sockets:
            tenants[socket.principal.tenant_id].append(socket)
        for tenant_id, sockets in tenants.items():
            sessions = sorted({socket.principal.session_id for socket in sockets})
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    found = await self._find_principals(tenant_id, sessions)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                # A session is taken for open while the database cannot say otherwise.
                if not is_unreachable(error):
                    log.exception("the sessions of tenant %s cannot be checked", tenant_id)
                continue
            for socket in sockets:
                principal = found.get(socket.principal.session_id)
                if principal is None or principal.permissions != socket.principal.permissions:
                    socket.end(Closing(FORBIDDEN, "Forbidden"))

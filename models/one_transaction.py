"""A database whose units of work are parts of one transaction that is open already."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import TENANT, AnyRow, Database, NoTenantError, Snapshot


class InTransaction(Snapshot):
    """Reads what the transaction has written so far, which nobody else sees yet."""

    def __init__(self, session: AsyncSession, lock: asyncio.Lock, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self._within = session
        self._lock = lock

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[AnyRow]:
        async with self._lock:
            return (await self._within.execute(statement, parameters)).all()

    async def close(self) -> None:
        """The transaction is its owner's to end."""


class OneTransaction(Database):
    """Each unit of work is a savepoint: what fails is undone alone, and all of it by whoever owns the session.

    Given to services in place of the database, it makes of several of their calls one change.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._lock = asyncio.Lock()

    def snapshot(self, tenant_id: UUID) -> Snapshot:
        return InTransaction(self._session, self._lock, self._same(tenant_id))

    @asynccontextmanager
    async def unit_of_work(self, tenant_id: UUID) -> AsyncIterator[AsyncSession]:
        self._same(tenant_id)
        async with self._session.begin_nested():
            yield self._session

    @asynccontextmanager
    async def turn(self, tenant_id: UUID) -> AsyncIterator[None]:
        """Whoever opened the transaction has it."""
        self._same(tenant_id)
        yield

    @asynccontextmanager
    async def directory(self) -> AsyncIterator[AsyncSession]:
        raise NoTenantError("this transaction is one tenant's")
        yield self._session

    async def close(self) -> None:
        """The transaction is its owner's to end."""

    def _same(self, tenant_id: UUID) -> UUID:
        if self._session.info.get(TENANT) != tenant_id:
            raise NoTenantError("this transaction is another tenant's")
        return tenant_id

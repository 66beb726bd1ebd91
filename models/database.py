"""The only way to a database session: every transaction is bound to one tenant before its first statement."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy import Connection, Executable, Row, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction

SNAPSHOT_OPTIONS: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
BIND_TENANT: Final = text("select set_config('app.tenant_id', :tenant, true)")
TENANT: Final = "tenant_id"
DIRECTORY: Final = "directory"
PROOF: Final = "proof"
Proof = Callable[[AsyncSession], Awaitable[bool]]
"""Says in a transaction of its own, which is taken back, whether another one was committed."""

UNREACHABLE_STATES: Final = ("08", "53", "57P")
"""SQLSTATE classes: no connection, out of resources (connections too), stopped or starting up."""


def is_unreachable(error: BaseException) -> bool:
    """Whether an error means that the database did not answer, rather than that it was asked something wrong."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None))
        return (
            error.connection_invalidated
            or isinstance(error, OperationalError | InterfaceError)
            or state.startswith(UNREACHABLE_STATES)
        )
    return isinstance(error, OSError | TimeoutError | PoolTimeoutError)


AnyRow = Row[*tuple[Any, ...]]


class NoTenantError(RuntimeError):
    """A session was opened without saying for whom."""


class TenantSession(Session):
    """The synchronous heart of every session: the tenant is bound when its transaction begins."""


@event.listens_for(TenantSession, "after_begin")
def bind_tenant(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if session.info.get(DIRECTORY):
        return
    tenant = session.info.get(TENANT)
    if not isinstance(tenant, UUID):
        raise NoTenantError("a session needs the tenant's id")
    connection.execute(BIND_TENANT, {"tenant": str(tenant)})


def replace_closed(connection: Any, record: Any, proxy: Any) -> None:
    """A connection that the server has ended meanwhile is not handed out: after its restart nobody meets an error."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def prove_by(session: AsyncSession, proof: Proof) -> None:
    """What settles the doubt when the connection is lost at the commit of this session's transaction."""
    session.info[PROOF] = proof


class Snapshot:
    """One read-only view of one tenant's data, opened at its first statement.

    All statements share one connection, one after the other: each holds the lock until its rows are fetched.
    """

    def __init__(self, engine: AsyncEngine, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self._engine = engine
        self._lock = asyncio.Lock()
        self._session: AsyncSession | None = None

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[AnyRow]:
        """`parameters` are those of a statement that is built once: building one costs more than sending it."""
        async with self._lock:
            session = await self._open()
            return (await session.execute(statement, parameters)).all()

    async def first(self, statement: Executable) -> AnyRow | None:
        found = await self.rows(statement)
        return found[0] if found else None

    async def scalar(self, statement: Executable) -> Any:
        row = await self.first(statement)
        return None if row is None else row[0]

    async def close(self) -> None:
        async with self._lock:
            if self._session is not None:
                await self._session.close()
                self._session = None

    async def _open(self) -> AsyncSession:
        if self._session is None:
            session = _session(self._engine, {TENANT: self.tenant_id})
            try:
                await session.connection(execution_options=dict(SNAPSHOT_OPTIONS))
            except BaseException:
                await session.close()
                raise
            self._session = session
        return self._session


class Database:
    """A connection pool, and the ways to use it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 10, patience: float = 30.0) -> "Database":
        """`patience`: seconds that a statement may take, and that a transaction may stand still."""
        milliseconds = str(int(patience * 1000))
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=5,
            hide_parameters=True,  # an error that is logged must not bring customers' data along
            connect_args={
                "timeout": 5,
                "command_timeout": patience,
                "server_settings": {
                    "application_name": "cip",
                    "statement_timeout": milliseconds,
                    # A process that stops in the middle of a transaction must not keep its tenant's locks for ever.
                    "idle_in_transaction_session_timeout": milliseconds,
                    "jit": "off",
                },
            },
        )
        event.listen(engine.sync_engine, "checkout", replace_closed)
        return cls(engine)

    def snapshot(self, tenant_id: UUID) -> Snapshot:
        return Snapshot(self.engine, tenant_id)

    @asynccontextmanager
    async def reading(self, tenant_id: UUID) -> AsyncIterator[Snapshot]:
        snapshot = self.snapshot(tenant_id)
        try:
            yield snapshot
        finally:
            await snapshot.close()

    @asynccontextmanager
    async def unit_of_work(self, tenant_id: UUID) -> AsyncIterator[AsyncSession]:
        """One transaction for one tenant: committed at the end of the block, rolled back by an exception.

        A connection that is lost at the commit leaves it in doubt, and is an error; unless the session has a proof
        (`prove_by`), and that says that the commit has happened.
        """
        ready = False
        async with _session(self.engine, {TENANT: tenant_id}) as session:
            try:
                async with session.begin():
                    yield session
                    ready = True
            except Exception as error:
                proof: Proof | None = session.info.get(PROOF)
                doubtful = ready and proof is not None and is_unreachable(error)
                if not (doubtful and await self._is_proven(tenant_id, proof)):
                    raise

    async def _is_proven(self, tenant_id: UUID, proof: Proof | None) -> bool:
        assert proof is not None
        proven = False
        # No answer, no proof: the doubt stays, and the first error tells of it.
        with suppress(DBAPIError, OSError, TimeoutError, PoolTimeoutError):
            async with _session(self.engine, {TENANT: tenant_id}) as session:
                proven = await proof(session)
                await session.rollback()
        return proven

    @asynccontextmanager
    async def turn(self, tenant_id: UUID) -> AsyncIterator[None]:
        """One at a time for each tenant in this process. Whoever will wait for a lock of its tenant in the database
        takes its turn first, so that the waiting hold no connections that other tenants need."""
        lock = self._turns.setdefault(tenant_id, asyncio.Lock())
        async with lock:
            yield

    @asynccontextmanager
    async def directory(self) -> AsyncIterator[AsyncSession]:
        """A transaction without a tenant: it reaches the tenant directory, the other global tables and nothing else."""
        async with _session(self.engine, {DIRECTORY: True}) as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def _session(engine: AsyncEngine, info: dict[str, Any]) -> AsyncSession:
    return AsyncSession(engine, sync_session_class=TenantSession, expire_on_commit=False, info=info)

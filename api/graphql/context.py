"""What a resolver may reach: the principal, a snapshot of its tenant's data, the operation's loaders, the services."""

from asyncio import Future
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

from api.auth.keys import Keys
from api.auth.passwords import Passwords
from api.auth.principal import Caller, Principal
from api.cache.invalidation import Invalidation
from api.errors import LoginNeededError, UnauthenticatedError
from api.graphql.measuring import Size
from api.limits.limiter import Limiter
from api.limits.logins import LoginThrottle
from api.outgoing import Outgoing
from api.streams.feeds import Feed
from api.streams.hub import Hub
from models.database import Database, Snapshot

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Services:
    """The adapters that api.app wires up once; `now` is the real clock."""

    database: Database
    keys: Keys
    passwords: Passwords
    hub: Hub
    now: Callable[[], datetime]
    wake_relay: Callable[[UUID], None]
    record_denial: Callable[[Caller, str], Awaitable[None]]
    monitor: object
    """api.system's, which asserts its type: a slice's type cannot be named on this floor."""
    shows_installation: bool
    """Whether admins may see figures that add up all tenants."""
    invalidation: Invalidation
    limiter: Limiter
    logins: LoginThrottle
    outgoing: Outgoing
    """The way to addresses that tenants name."""
    discovery: object
    """api.identity_providers', which asserts its type."""
    base_url: str


class Context:
    """One operation. A socket's own context only carries the caller and makes one of these for each operation."""

    def __init__(self, services: Services, caller: Caller | None, request_id: str) -> None:
        self.services = services
        self.request_id = request_id
        self.connection_params: object = None
        self.maybe_caller = caller
        self.address: str | None = None
        """Where the request came from, as far as this server knows."""
        self.feed: Feed | None = None
        """Of a subscription that passes one execution on to many."""
        self.idempotency_key: str | None = None
        """What the client calls this request, so that it can be sent again."""
        self.paid = 0
        """Points that were charged before the operation was read."""
        self.size = Size()
        self.charged = False
        self.actual_cost = 0
        self._operation: Context | None = None
        self._snapshot: Snapshot | None = None
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    def for_operation(self) -> "Context":
        self._operation = Context(self.services, self.maybe_caller, self.request_id)
        self._operation.feed = self.feed
        self._operation.paid = self.paid
        self._operation.address = self.address
        self._operation.idempotency_key = self.idempotency_key
        return self._operation

    @property
    def operation(self) -> "Context | None":
        """The last one that began."""
        return self._operation

    def of_nobody(self) -> "Context":
        """For what is shared by all with the same tenant and permissions: it must not depend on the account."""
        nobody = replace(self.principal, account_id=NOBODY, session_id=NOBODY, name="", display_name="")
        return Context(self.services, nobody, self.request_id)

    async def renew_operation(self) -> None:
        """Between two events of a subscription, so that none shows what was loaded for the one before."""
        if self._operation is not None:
            await self._operation.renew()

    @property
    def caller(self) -> Caller:
        if self.maybe_caller is None:
            raise UnauthenticatedError
        return self.maybe_caller

    @property
    def principal(self) -> Principal:
        """The caller, who must have logged in."""
        if not isinstance(self.caller, Principal):
            raise LoginNeededError
        return self.caller

    @property
    def tenant_id(self) -> UUID:
        return self.caller.tenant_id

    @property
    def snapshot(self) -> Snapshot:
        if self._snapshot is None:
            self._snapshot = self.services.database.snapshot(self.tenant_id)
        return self._snapshot

    async def renew(self) -> None:
        """Ends the operation's snapshot and forgets what was loaded from it: after a write, or at the end."""
        self._loaders.clear()
        if self._snapshot is not None:
            await self._snapshot.close()
            self._snapshot = None

    def loader(
        self, load: Callable[..., Awaitable[Sequence[V]]], key_type: type[K], *arguments: Hashable
    ) -> DataLoader[K, V]:
        """The operation's loader for `load(snapshot, keys, *arguments)`: one statement for all keys of a level."""
        identity = (load, arguments)
        if identity not in self._loaders:

            async def load_all(keys: list[K]) -> Sequence[V]:
                return await load(self.snapshot, keys, *arguments)

            self._loaders[identity] = DataLoader(load_all)
        return self._loaders[identity]

    def loaded(self, load: Callable[..., Awaitable[Sequence[V]]], key: Hashable) -> V | None:
        """What this operation has loaded before; None when it has not, or there was nothing."""
        loader = self._loaders.get((load, ()))
        future = None if loader is None else loader.cache_map.get(key)
        if not isinstance(future, Future) or not future.done() or future.cancelled() or future.exception() is not None:
            return None
        found: V = future.result()
        return found


Info = strawberry.Info[Context, None]

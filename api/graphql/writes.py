"""After a mutation, and before it answers: what it changed is found in no cache any more."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from api.auth.principal import Principal
from api.cache.freshness import Tag
from api.graphql.context import Context


class Announce(FieldExtension):
    """Also after an error: a commit whose answer was lost may have happened."""

    def __init__(self, changes: frozenset[Tag]) -> None:
        self.changes = changes

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info[Context, None], **kwargs: Any
    ) -> Any:
        try:
            return await next_(source, info, **kwargs)
        finally:
            context = info.context
            if (caller := context.maybe_caller) is not None:
                invalidation = context.services.invalidation
                invalidation.changed(caller.tenant_id, self.changes)
                if isinstance(caller, Principal):
                    invalidation.wrote(caller.tenant_id, caller.account_id.hex)

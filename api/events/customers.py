"""The one way by which customers are created, and by which they change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.events import ingest_repository as repository
from api.events.contracts import CustomerRef
from api.events.ingest_repository import KnownCustomer
from models.base import new_id, sort_key


def merged(before: KnownCustomer | None, given: CustomerRef, at: datetime) -> KnownCustomer:
    """What a customer is once it was heard of at that moment: given traits are stored, others stay as they are."""
    if before is None:
        name = given.name or given.external_id
        return KnownCustomer(new_id(), given.external_id, name, given.email, given.country, at)
    return replace(
        before,
        name=given.name or before.name,
        email=given.email or before.email,
        country=given.country or before.country,
        first_seen_at=min(at, before.first_seen_at),
    )


async def upsert(
    session: AsyncSession, tenant_id: UUID, given: Sequence[tuple[CustomerRef, datetime]]
) -> dict[str, KnownCustomer]:
    """Every customer named, by external id, as it is afterwards. The caller holds the tenant's ingest lock."""
    wanted = {ref.external_id for ref, _ in given}
    known = await repository.map_customers(session, tenant_id, wanted) if wanted else {}
    state = dict(known)
    for ref, at in given:
        before = state.get(ref.external_id)
        if before is None or not _says_nothing_new(ref, at, before):
            state[ref.external_id] = merged(before, ref, at)
    await write(session, tenant_id, known, state)
    return state


async def write(
    session: AsyncSession, tenant_id: UUID, known: dict[str, KnownCustomer], state: dict[str, KnownCustomer]
) -> None:
    """Writes what differs between the two."""
    await repository.insert_customers(
        session,
        [
            (
                tenant_id, now.id, external_id, sort_key(external_id), now.name, sort_key(now.name), now.email,
                now.country, now.first_seen_at, 0, 0,
            )
            for external_id, now in state.items()
            if external_id not in known
        ],
    )  # fmt: skip
    await repository.update_customer_traits(
        session,
        tenant_id,
        [
            (now.id, now.name, sort_key(now.name), now.email, now.country, now.first_seen_at)
            for external_id, now in state.items()
            if external_id in known and known[external_id] is not now
        ],
    )


def _says_nothing_new(given: CustomerRef, occurred_at: datetime, before: KnownCustomer) -> bool:
    return (
        occurred_at >= before.first_seen_at
        and given.name in (None, before.name)
        and given.email in (None, before.email)
        and given.country in (None, before.country)
    )

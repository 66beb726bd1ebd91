"""Deciding on actions, telling what became of them, and setting the catalogue."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.actions import proposals_repository, repository
from api.actions.catalogue import check, is_quiet
from api.actions.contracts import Block, Catalogue, Decided, Likelihoods, Proposal, Reader
from api.actions.proposals_repository import Occasion
from api.actions.recommending import recommend, seed_of
from api.audit.repository import insert_entry
from api.errors import BadInputError, ConflictError, NotFoundError
from api.tenants.contracts import TenantRecord
from api.tenants.repository import get_tenant
from models.database import AnyRow, Database

REASONS: Final = {
    Block.HELD_OUT: "This customer is held out, so that the effect of actions can be measured.",
    Block.NOT_ELIGIBLE: "This customer does not fit the action.",
    Block.NO_CONSENT: "This customer has not agreed to be approached on this channel, or at all.",
    Block.QUIET_HOURS: "Nobody is approached in the quiet hours.",
    Block.DAILY_CAP: "As many actions as the daily cap allows were accepted today.",
    Block.WEEKLY_CAP: "As many actions as the weekly cap allows were accepted for this customer.",
    Block.COOL_DOWN: "This action was accepted for this customer not long ago.",
    Block.INSUFFICIENT_DATA: "There is too little data to tell what this action may bring.",
    Block.NO_VALUE: "This action is not expected to bring more than it costs.",
}


async def occasion_of(reader: Reader, tenant: TenantRecord, real_now: datetime, likelihoods: Likelihoods) -> Occasion:
    """What holds for everybody now: catalogue, quiet hours and the cap of the tenant's day."""
    now = tenant.now(real_now)
    catalogue = await repository.get_catalogue(reader)
    local = now.astimezone(tenant.zone)
    everybody = None
    if is_quiet(local.hour, catalogue.limits):
        everybody = Block.QUIET_HOURS
    else:
        midnight = datetime.combine(local.date(), time(), tenant.zone).astimezone(UTC)
        if await repository.count_accepted_since(reader, midnight) >= catalogue.limits.daily_cap:
            everybody = Block.DAILY_CAP
    return Occasion(catalogue, likelihoods, now, everybody)


class _Reading:
    """Reads within a transaction what is otherwise read from a snapshot."""

    def __init__(self, session: AsyncSession, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self._session = session

    async def rows(self, statement: object) -> list[AnyRow]:
        return list((await self._session.execute(statement)).all())  # type: ignore[call-overload]

    async def first(self, statement: object) -> AnyRow | None:
        found = await self.rows(statement)
        return found[0] if found else None

    async def scalar(self, statement: object) -> object:
        row = await self.first(statement)
        return None if row is None else row[0]


class Actions:
    def __init__(self, database: Database, likelihoods: Likelihoods, now: Callable[[], datetime]) -> None:
        self._database = database
        self._likelihoods = likelihoods
        self._now = now

    async def decide(self, tenant_id: UUID, customer_id: UUID, code: str, decided: Decided, *, actor: str) -> UUID:
        """The id of the decision, which keeps all that is needed to judge the policy by it later."""
        async with self._database.unit_of_work(tenant_id) as session:
            await repository.lock(session, tenant_id)
            reader = _Reading(session, tenant_id)
            tenant = await get_tenant(session, tenant_id)
            occasion = await occasion_of(reader, tenant, self._now(), self._likelihoods)
            if code not in occasion.catalogue.by_code:
                raise BadInputError(f"There is no action {code!r}.", path=("action",))
            [proposals] = await proposals_repository.load_proposals(reader, [customer_id], occasion)
            if not proposals:
                raise NotFoundError("There is no such customer.", path=("customerId",))
            [chosen] = [one for one in proposals if one.code == code]
            _refuse_blocked(chosen, decided)
            outcomes = await repository.list_outcomes(reader)
            seed = seed_of(tenant_id, customer_id, occasion.now.astimezone(tenant.zone).date())
            advice = recommend(proposals, occasion.catalogue.by_code, outcomes, seed)
            decision_id = await repository.insert_decision(
                session,
                tenant_id,
                customer_id=customer_id,
                action=code,
                decision=decided.value,
                decided_at=occasion.now,
                decided_by=actor,
                probability=chosen.probability,
                expected_value=chosen.expected_value,
                source=chosen.source,
                propensity=advice.propensity(code),
                propensities=dict(advice.propensities),
                policy_version=advice.policy_version,
                seed=advice.seed,
            )
            details = {"decision": str(decision_id), "action": code, "decided": decided.value}
            await insert_entry(session, tenant_id, at=self._now(), actor=actor, action="action.decide", details=details)
        return decision_id

    async def tell_outcome(
        self, tenant_id: UUID, decision_id: UUID, *, succeeded: bool, value: int | None, actor: str
    ) -> None:
        if value is not None and not succeeded:
            raise BadInputError("Only a success has a value.", path=("value",))
        async with self._database.unit_of_work(tenant_id) as session:
            tenant = await get_tenant(session, tenant_id)
            decided = await repository.set_outcome(
                session, tenant_id, decision_id, succeeded, value, tenant.now(self._now())
            )
            if decided is None:
                raise NotFoundError("There is no such decision.", path=("decisionId",))
            if decided != Decided.ACCEPT.value:
                raise ConflictError("An action that was dismissed has no outcome.", path=("decisionId",))
            details = {"decision": str(decision_id), "succeeded": succeeded}
            await insert_entry(
                session, tenant_id, at=self._now(), actor=actor, action="action.outcome", details=details
            )

    async def set_catalogue(self, tenant_id: UUID, catalogue: Catalogue, *, actor: str) -> None:
        check(catalogue)
        async with self._database.unit_of_work(tenant_id) as session:
            await repository.upsert_catalogue(session, tenant_id, catalogue, self._now())
            details = {"actions": [action.code for action in catalogue.actions]}
            await insert_entry(
                session, tenant_id, at=self._now(), actor=actor, action="action.catalogue_update", details=details
            )


def _refuse_blocked(chosen: Proposal, decided: Decided) -> None:
    """What is blocked cannot be accepted; it can be dismissed, if there was anything to dismiss."""
    if chosen.block is not None and (decided is Decided.ACCEPT or chosen.expected_value is None):
        raise ConflictError(REASONS[chosen.block], path=("action",))

"""What to do next: for one customer, for all by expected value, and what it has brought."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

import strawberry

from api.actions import effect, proposals_repository, repository, service
from api.actions.contracts import Proposal
from api.actions.filters import ActionDecisionOrder, ActionDecisionWhere
from api.actions.proposals_repository import Occasion
from api.actions.recommending import recommend, seed_of
from api.actions.sources import LIKELIHOODS
from api.actions.types import (
    Action,
    ActionCatalogue,
    ActionDecision,
    ActionEffect,
    NextBestAction,
    SegmentAction,
    SegmentActions,
    weighed,
)
from api.auth.permissions import Permission
from api.cache.freshness import INTELLIGENCE
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Context, Info
from api.graphql.ids import key_of
from api.graphql.lists import Asked, List
from api.graphql.permissions import field
from api.graphql.scalars import Int64
from api.tenants.types import Money, tenant_of
from models.database import Snapshot
from models.keyset import Position

SPAN: Final = timedelta(days=30)


async def _occasions(snapshot: Snapshot, tenants: list[UUID], context: Context) -> list[Occasion]:
    found = await service.occasion_of(snapshot, await tenant_of(context), context.services.now(), LIKELIHOODS)
    return [found for _ in tenants]


async def occasion_of(context: Context) -> Occasion:
    """Read once an operation."""
    return await context.loader(_occasions, UUID, context).load(context.tenant_id)


async def _outcomes(snapshot: Snapshot, tenants: list[UUID]) -> list[list[tuple[str, bool]]]:
    found = await repository.list_outcomes(snapshot)
    return [found for _ in tenants]


async def actions_of_customer(context: Context, customer_id: UUID) -> list[NextBestAction]:
    """The best first, then those that are blocked, each with its reason."""
    occasion = await occasion_of(context)
    proposals = await context.loader(proposals_repository.load_proposals, UUID, occasion).load(customer_id)
    outcomes = await context.loader(_outcomes, UUID).load(context.tenant_id)
    tenant = await tenant_of(context)
    actions = occasion.catalogue.by_code
    seed = seed_of(context.tenant_id, customer_id, occasion.now.astimezone(tenant.zone).date())
    advice = recommend(proposals, actions, outcomes, seed)
    return [
        weighed(
            one,
            actions[one.code],
            recommended=one.code == advice.action,
            propensity=advice.propensities.get(one.code),
        )
        for one in proposals
    ]


DECISIONS = List("action_decisions", repository.DECISIONS, ActionDecision.of)


@strawberry.type
class ActionQuery:
    @field(Permission.ANALYTICS_VIEW, "What can be done for customers, and what limits it.", cached=INTELLIGENCE)
    async def action_catalogue(self, info: Info) -> ActionCatalogue:
        return ActionCatalogue.of(await repository.get_catalogue(info.context.snapshot))

    @field(
        Permission.ANALYTICS_VIEW,
        "The best open action of each customer, the highest expected value first. Held-out customers have none.",
    )
    async def next_best_actions(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[NextBestAction]:
        context = info.context
        occasion = await occasion_of(context)
        paging = Paging.of(context, "next_best_actions", proposals_repository.BEST_FIRST)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(proposal: Proposal) -> Position:
            return Position(proposal.expected_value, proposal.customer_id)

        def node(proposal: Proposal) -> NextBestAction:
            action = occasion.catalogue.by_code[proposal.code]
            return weighed(proposal, action, recommended=True, propensity=None)

        async def count() -> int:
            return await proposals_repository.count_best(context.snapshot, occasion)

        part = await proposals_repository.list_best(context.snapshot, occasion, page)
        return paging.connect(context, part, node, position, count)

    @field(
        Permission.ANALYTICS_VIEW,
        "The best open actions of a segment's customers, added up. A segment without customers has none.",
    )
    async def segment_actions(self, info: Info, segment_id: strawberry.ID) -> SegmentActions:
        context = info.context
        key = key_of("Segment", segment_id)
        if key is None:
            return SegmentActions(customers=Int64(0), actions=[])
        occasion = await occasion_of(context)
        found = await proposals_repository.total_best(context.snapshot, occasion, key)
        by_code = occasion.catalogue.by_code
        return SegmentActions(
            customers=Int64(await proposals_repository.count_members(context.snapshot, key)),
            actions=[
                SegmentAction(
                    action=Action.of(by_code[code]),
                    customers=Int64(customers),
                    expected_value=Money(amount=Int64(round(value))),
                )
                for code, customers, value in found
            ],
        )

    @field(Permission.ANALYTICS_VIEW, "What was decided, newest first.", cached=INTELLIGENCE)
    async def action_decisions(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: ActionDecisionWhere | None = None,
        order_by: list[ActionDecisionOrder] | None = None,
    ) -> Connection[ActionDecision]:
        return await DECISIONS.connect(info.context, Asked(first, after, last, before, where, order_by))

    @field(Permission.ANALYTICS_VIEW, "What actions have brought: not measured, until it is.")
    async def action_effect(self, info: Info) -> ActionEffect:
        context = info.context
        now = (await tenant_of(context)).now(context.services.now())
        spending = await repository.list_spending(context.snapshot, now, SPAN)
        logged = await repository.list_logged(context.snapshot)
        measured = await asyncio.to_thread(effect.measure, context.tenant_id, spending)
        return ActionEffect.of(measured, await asyncio.to_thread(effect.judge, logged))

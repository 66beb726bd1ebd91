"""Deciding on actions, and setting the catalogue."""

from typing import ClassVar

import strawberry

from api.actions import repository
from api.actions.contracts import Action, Catalogue, Decided, Limits, Outcome, ValueRule
from api.actions.service import Actions
from api.actions.sources import LIKELIHOODS
from api.actions.types import ActionCatalogue, ActionDecided, ActionDecision, ActionOutcomeKind, ActionValueRule
from api.auth.permissions import Permission
from api.errors import BadInputError, CipError, ConflictError, NotFoundError
from api.graphql.context import Context, Info
from api.graphql.ids import key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.graphql.scalars import Int64

EXPECTED = (BadInputError, ConflictError, NotFoundError)


@strawberry.input(description="What to make of a proposal.")
class ActionDecideInput:
    customer_id: strawberry.ID
    action: str
    decided: ActionDecided


@strawberry.input(description="What became of an accepted action; telling it again takes the place of the first.")
class ActionOutcomeInput:
    decision_id: strawberry.ID
    succeeded: bool
    value: Int64 | None = strawberry.field(default=None, description="Of a success, in minor units.")


@strawberry.input(description="An action of the catalogue. Amounts are in minor units.")
class ActionInput:
    code: str
    name: str
    channel: str
    value_rule: ActionValueRule
    value: float
    cost: Int64 = Int64(0)
    cooldown_days: int = 30
    min_orders: int = 1
    max_orders: int | None = None
    min_quiet_days: int = 0
    max_quiet_days: int | None = None
    needs_consent: bool = False
    outcome: ActionOutcomeKind = ActionOutcomeKind.ORDER


@strawberry.input(description="The whole catalogue: it takes the place of the present one.")
class ActionCatalogueUpdateInput:
    actions: list[ActionInput]
    weekly_cap: int = 2
    daily_cap: int = 1_000
    fatigue: Int64 = Int64(0)
    quiet_from: int = 20
    quiet_to: int = 8


@strawberry.type(description="The decision as it is now.")
class ActionDecisionPayload:
    __needs__: ClassVar[Requirement] = Permission.SCORING_MANAGE
    decision: ActionDecision | None
    user_errors: list[UserError]


@strawberry.type(description="The catalogue as it is now.")
class ActionCatalogueUpdatePayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    catalogue: ActionCatalogue | None
    user_errors: list[UserError]


@strawberry.type
class ActionMutation:
    @mutation(
        Permission.SCORING_MANAGE,
        "Accepts or dismisses an action for a customer. What a cap, a quiet hour or the hold-out forbids is refused.",
    )
    async def action_decide(self, info: Info, input: ActionDecideInput) -> ActionDecisionPayload:  # noqa: A002
        context = info.context
        customer_id = key_of("Customer", input.customer_id)
        try:
            if customer_id is None:
                raise NotFoundError("There is no such customer.", path=("customerId",))
            decision_id = await _service(context).decide(
                context.tenant_id,
                customer_id,
                input.action,
                Decided(input.decided.value),
                actor=context.principal.actor,
            )
        except EXPECTED as error:
            return _refused(error)
        await context.renew()
        [record] = await repository.load_decisions(context.snapshot, [decision_id])
        return ActionDecisionPayload(decision=None if record is None else ActionDecision.of(record), user_errors=[])

    @mutation(Permission.SCORING_MANAGE, "Tells what became of an accepted action.")
    async def action_outcome(self, info: Info, input: ActionOutcomeInput) -> ActionDecisionPayload:  # noqa: A002
        context = info.context
        decision_id = key_of("ActionDecision", input.decision_id)
        try:
            if decision_id is None:
                raise NotFoundError("There is no such decision.", path=("decisionId",))
            await _service(context).tell_outcome(
                context.tenant_id,
                decision_id,
                succeeded=input.succeeded,
                value=input.value,
                actor=context.principal.actor,
            )
        except EXPECTED as error:
            return _refused(error)
        await context.renew()
        [record] = await repository.load_decisions(context.snapshot, [decision_id])
        return ActionDecisionPayload(decision=None if record is None else ActionDecision.of(record), user_errors=[])

    @mutation(Permission.SETTINGS_MANAGE, "Sets the catalogue of actions and what limits them.")
    async def action_catalogue_update(
        self,
        info: Info,
        input: ActionCatalogueUpdateInput,  # noqa: A002
    ) -> ActionCatalogueUpdatePayload:
        context = info.context
        given = Catalogue(
            tuple(_action(one) for one in input.actions),
            Limits(input.weekly_cap, input.daily_cap, input.fatigue, input.quiet_from, input.quiet_to),
        )
        try:
            await _service(context).set_catalogue(context.tenant_id, given, actor=context.principal.actor)
        except BadInputError as error:
            return ActionCatalogueUpdatePayload(catalogue=None, user_errors=[user_error(error)])
        return ActionCatalogueUpdatePayload(catalogue=ActionCatalogue.of(given), user_errors=[])


def _service(context: Context) -> Actions:
    return Actions(context.services.database, LIKELIHOODS, context.services.now)


def _refused(error: CipError) -> ActionDecisionPayload:
    return ActionDecisionPayload(decision=None, user_errors=[user_error(error)])


def _action(one: ActionInput) -> Action:
    return Action(
        one.code,
        one.name,
        one.channel,
        one.cost,
        ValueRule(one.value_rule.value),
        one.value,
        one.cooldown_days,
        one.min_orders,
        one.max_orders,
        one.min_quiet_days,
        one.max_quiet_days,
        one.needs_consent,
        Outcome(one.outcome.value),
    )

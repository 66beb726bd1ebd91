"""What of its journey a tenant can set."""

from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.errors import BadInputError
from api.graphql.context import Info
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.job_runs.types import Job, job_by_key
from api.journeys import repository
from api.journeys.inputs import JourneyStagesUpdateInput, definition_of
from api.journeys.stages_service import Journeys
from api.journeys.types import JourneyDefinition, JourneyRule, JourneyStage


@strawberry.type(description="The journey as it is now, and the job that walks past events again.")
class JourneyStagesUpdatePayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    definition: JourneyDefinition | None
    job: Job | None
    user_errors: list[UserError]


@strawberry.type
class JourneyMutation:
    @mutation(
        Permission.SETTINGS_MANAGE,
        "Sets the stages and rules of the journey. Until the job has ended, only the customers it came to are shown.",
    )
    async def journey_stages_update(
        self,
        info: Info,
        input: JourneyStagesUpdateInput,  # noqa: A002
    ) -> JourneyStagesUpdatePayload:
        context, services = info.context, info.context.services
        stages, rules = definition_of(input)
        service = Journeys(services.database, services.hub, services.now)
        try:
            job_id = await service.set(context.tenant_id, stages, rules, actor=context.principal.actor)
        except BadInputError as error:
            return JourneyStagesUpdatePayload(definition=None, job=None, user_errors=[user_error(error)])
        await context.renew()
        definition = JourneyDefinition(
            stages=[JourneyStage.of(stage) for stage in await repository.list_stages_of(context.snapshot)],
            rules=[JourneyRule.of(rule) for rule in await repository.list_rules_of(context.snapshot)],
            rebuilding=True,
        )
        return JourneyStagesUpdatePayload(definition=definition, job=await job_by_key(context, job_id), user_errors=[])

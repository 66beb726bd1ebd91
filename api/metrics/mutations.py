"""What of the metrics a tenant can set."""

from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.errors import BadInputError
from api.graphql.context import Info
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.metrics.engagement import PARTS
from api.metrics.types import EngagementWeights
from api.metrics.weights_service import EngagementWeights as WeightsService


@strawberry.input(description="How much each part of the engagement score counts, from 0 to 1,000; not all of them 0.")
class EngagementWeightsSetInput:
    recency: float = 1.0
    frequency: float = 1.0
    sessions: float = 1.0
    conversations: float = 1.0


@strawberry.type(description="The weights as they are now.")
class EngagementWeightsSetPayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    weights: EngagementWeights | None
    user_errors: list[UserError]


@strawberry.type
class MetricMutation:
    @mutation(Permission.SETTINGS_MANAGE, "Weighs the parts of the engagement score.")
    async def engagement_weights_set(
        self,
        info: Info,
        input: EngagementWeightsSetInput,  # noqa: A002
    ) -> EngagementWeightsSetPayload:
        context, services = info.context, info.context.services
        weights = {part: getattr(input, part) for part in PARTS}
        try:
            service = WeightsService(services.database, services.hub, services.now)
            await service.set(context.tenant_id, weights, actor=context.principal.actor)
        except BadInputError as error:
            return EngagementWeightsSetPayload(weights=None, user_errors=[user_error(error)])
        return EngagementWeightsSetPayload(weights=EngagementWeights.of(weights), user_errors=[])

"""Puts the slices' queries, mutations and subscriptions together."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from api.accounts import queries as accounts
from api.accounts.api_key_mutations import ApiKeyMutation
from api.accounts.api_key_queries import ApiKeyQuery
from api.accounts.mutations import AccountMutation
from api.accounts.session_fields import SessionMutation, SessionQuery
from api.accounts.source_key_mutations import SourceKeyMutation
from api.accounts.source_key_queries import SourceKeyQuery
from api.accounts.team_mutations import TeamMutation
from api.accounts.team_queries import TeamQuery
from api.actions.mutations import ActionMutation
from api.actions.queries import ActionQuery
from api.audit.queries import AuditQuery
from api.audit.verification_query import AuditVerificationQuery
from api.bulk.mutations import BulkMutation
from api.bulk.queries import BulkQuery
from api.conversations import loaders as conversations
from api.conversations.queries import ConversationQuery
from api.customers import queries as customers
from api.customers.view_fields import SavedViewMutation, SavedViewQuery
from api.dead_letters.mutations import DeadLetterMutation
from api.dead_letters.queries import DeadLetterQuery
from api.events import queries as events
from api.events.mutations import EventMutation
from api.events.schema_mutations import IngestRuleMutation
from api.events.schema_queries import IngestRuleQuery
from api.graphql.costs import CostQuery
from api.graphql.node import node_query
from api.graphql.operation import CipSchema
from api.graphql.scalars import SCALARS
from api.identity_providers.fields import IdentityProviderMutation, IdentityProviderQuery
from api.imports import queries as imports
from api.imports.mutations import ImportMutation
from api.imports.subscriptions import ImportSubscription
from api.job_runs import queries as job_runs
from api.job_runs.mutations import JobMutation
from api.job_runs.subscriptions import JobSubscription
from api.journeys.mutations import JourneyMutation
from api.journeys.queries import JourneyQuery
from api.metrics.mutations import MetricMutation
from api.metrics.queries import MetricQuery
from api.metrics.recompute_mutation import RecomputeMutation
from api.metrics.subscriptions import MetricSubscription
from api.orders import loaders as orders
from api.orders.queries import OrderQuery
from api.predictions import queries as predictions
from api.predictions.mutations import PredictionMutation
from api.privacy.consent_mutation import ConsentMutation
from api.privacy.mutations import PrivacyMutation
from api.privacy.queries import PrivacyQuery
from api.segments.mutations import SegmentMutation
from api.segments.queries import SegmentQuery
from api.system.queries import SystemQuery, SystemSubscription
from api.tenants import queries as tenants
from api.tenants.limits_fields import LimitsMutation, LimitsQuery
from api.tenants.mutations import TenantMutation
from api.webhooks.delivery_mutations import WebhookDeliveryMutation
from api.webhooks.mutations import WebhookMutation
from api.webhooks.queries import WebhookQuery

NODES = {
    **accounts.NODES,
    **tenants.NODES,
    **customers.NODES,
    **orders.NODES,
    **events.NODES,
    **conversations.NODES,
    **job_runs.NODES,
    **predictions.NODES,
}

Query = strawberry.type(
    type(
        "Query",
        (
            accounts.AccountQuery,
            tenants.TenantQuery,
            customers.CustomerQuery,
            OrderQuery,
            ConversationQuery,
            events.EventQuery,
            IngestRuleQuery,
            DeadLetterQuery,
            SourceKeyQuery,
            ApiKeyQuery,
            SessionQuery,
            TeamQuery,
            AuditQuery,
            AuditVerificationQuery,
            MetricQuery,
            JourneyQuery,
            ActionQuery,
            job_runs.JobQuery,
            SystemQuery,
            imports.ImportQuery,
            SegmentQuery,
            predictions.PredictionQuery,
            CostQuery,
            WebhookQuery,
            SavedViewQuery,
            BulkQuery,
            PrivacyQuery,
            LimitsQuery,
            IdentityProviderQuery,
            node_query(NODES),
        ),
        {},
    ),
    description="What can be read.",
)


@strawberry.type(description="What can be changed.")
class Mutation(
    AccountMutation,
    EventMutation,
    IngestRuleMutation,
    DeadLetterMutation,
    SourceKeyMutation,
    ApiKeyMutation,
    SessionMutation,
    TeamMutation,
    TenantMutation,
    JobMutation,
    MetricMutation,
    RecomputeMutation,
    JourneyMutation,
    ActionMutation,
    ImportMutation,
    SegmentMutation,
    PredictionMutation,
    WebhookMutation,
    SavedViewMutation,
    WebhookDeliveryMutation,
    BulkMutation,
    PrivacyMutation,
    ConsentMutation,
    LimitsMutation,
    IdentityProviderMutation,
):
    pass


@strawberry.type(description="What can be followed.")
class Subscription(MetricSubscription, JobSubscription, SystemSubscription, ImportSubscription):
    pass


def make_schema() -> CipSchema:
    return CipSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=False),
    )


def sdl() -> str:
    return make_schema().as_str()

"""Puts the slices' queries, mutations and subscriptions together."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from api.accounts import queries as accounts
from api.accounts.mutations import AccountMutation
from api.conversations import loaders as conversations
from api.customers import queries as customers
from api.events import queries as events
from api.events.mutations import EventMutation
from api.graphql.node import node_query
from api.graphql.operation import CipSchema
from api.graphql.scalars import SCALARS
from api.imports import queries as imports
from api.imports.mutations import ImportMutation
from api.imports.subscriptions import ImportSubscription
from api.job_runs import queries as job_runs
from api.job_runs.mutations import JobMutation
from api.job_runs.subscriptions import JobSubscription
from api.metrics.mutations import MetricMutation
from api.metrics.queries import MetricQuery
from api.metrics.subscriptions import MetricSubscription
from api.orders import loaders as orders
from api.tenants import queries as tenants

NODES = {
    **accounts.NODES,
    **tenants.NODES,
    **customers.NODES,
    **orders.NODES,
    **events.NODES,
    **conversations.NODES,
    **job_runs.NODES,
}

Query = strawberry.type(
    type(
        "Query",
        (
            accounts.AccountQuery,
            tenants.TenantQuery,
            customers.CustomerQuery,
            events.EventQuery,
            MetricQuery,
            job_runs.JobQuery,
            imports.ImportQuery,
            node_query(NODES),
        ),
        {},
    ),
    description="What can be read.",
)


@strawberry.type(description="What can be changed.")
class Mutation(AccountMutation, EventMutation, JobMutation, MetricMutation, ImportMutation):
    pass


@strawberry.type(description="What can be followed.")
class Subscription(MetricSubscription, JobSubscription, ImportSubscription):
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

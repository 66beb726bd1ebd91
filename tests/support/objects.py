"""One object of each type that has an id, for a tenant of the tests."""

from typing import Final

from sqlalchemy import text

from api.graphql.ids import global_id
from models.database import Database
from tests.support.world import TestTenant

TABLES: Final = {
    "User": "user_account WHERE name = 'viewer'",
    "Customer": "customer",
    "Order": "sales_order",
    "Event": "event",
    "Conversation": "conversation",
    "Message": "message",
    "Job": "job WHERE kind = 'tenant.recompute_metrics'",
    "ModelVersion": "model_version",
}
OUTSIDE_NODE: Final = {
    "ActionDecision": "action_decision",
    "BulkOperation": "bulk_operation",
    "BulkUpload": "bulk_upload",
    "DeadLetter": "dead_letter WHERE state = 'waiting'",
    "EventSchema": "event_schema",
    "Import": "import_run",
    "Segment": "segment WHERE kind = 'rule'",
    "ModelTraining": "model_training",
    "SourceKey": "source_key",
    "ApiKey": "api_key",
    "Session": "user_session WHERE ended_at IS NULL ORDER BY created_at, id",
    "SavedView": "saved_view",
    "PrivacyRequest": "privacy_request",
    "WebhookEndpoint": "webhook_endpoint",
    "WebhookDelivery": "webhook_delivery",
}
"""Types with an id that mutations take, and `node` does not."""


async def object_ids(database: Database, tenant: TestTenant) -> dict[str, str]:
    """Global ids by type name. The user is the viewer; nobody can read another's account."""
    found = {"Tenant": str(global_id("Tenant", tenant.id))}
    async with database.unit_of_work(tenant.id) as session:
        for type_name, source in TABLES.items():
            key = (await session.execute(text(f"SELECT id FROM {source} LIMIT 1"))).scalar_one()
            found[type_name] = str(global_id(type_name, key))
    return found


async def other_ids(database: Database, tenant: TestTenant) -> dict[str, str]:
    """Global ids by type name, of what only `worlds.complete` makes."""
    found = {}
    async with database.unit_of_work(tenant.id) as session:
        for type_name, source in OUTSIDE_NODE.items():
            key = (await session.execute(text(f"SELECT id FROM {source} LIMIT 1"))).scalar_one()
            found[type_name] = str(global_id(type_name, key))
    return found


async def every_key(database: Database, tenant: TestTenant) -> set[str]:
    """Every uuid that stands for something of this tenant."""
    keys = {str(tenant.id)}
    async with database.unit_of_work(tenant.id) as session:
        for source in (*TABLES.values(), *OUTSIDE_NODE.values()):
            table = source.partition(" ")[0]
            keys |= {str(key) for key in (await session.execute(text(f"SELECT id FROM {table}"))).scalars()}
    return keys

"""Every root field with arguments to crawl it by, and who may call it. A new field fails the tests until it is here."""

from dataclasses import dataclass, field
from typing import Any, Final

from tests.isolation.crawl import FieldName
from tests.support.world import NOW, PASSWORD

EVERYBODY: Final = frozenset({"anonymous", "viewer", "analyst", "admin"})
LOGGED_IN: Final = EVERYBODY - {"anonymous"}
ADMIN: Final = frozenset({"admin"})
RANGE: Final = {"preset": "LAST_7_DAYS"}


@dataclass(frozen=True, slots=True)
class RootField:
    """`shows_own_texts`: the answer holds the tenant's own canary, so an empty one cannot pass.

    In the variables, "<Type>" stands for the id of such an object.
    """

    allowed: frozenset[str]
    variables: dict[str, Any] = field(default_factory=dict)
    shows_own_texts: bool = False


EVENT: Final = {
    "messageId": "crawl-1",
    "name": "page_viewed",
    "occurredAt": NOW.isoformat(),
    "customer": {"externalId": "crawled"},
}

ROOT_FIELDS: Final[dict[FieldName, RootField]] = {
    ("Query", "me"): RootField(LOGGED_IN, shows_own_texts=True),
    ("Query", "tenant"): RootField(LOGGED_IN, shows_own_texts=True),
    ("Query", "status"): RootField(LOGGED_IN),
    ("Query", "customers"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "customer"): RootField(LOGGED_IN, {"id": "<Customer>"}, shows_own_texts=True),
    ("Query", "events"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "eventSchemas"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "ingestPolicy"): RootField(ADMIN),
    ("Query", "deadLetters"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "sourceKeys"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "metrics"): RootField(LOGGED_IN),
    ("Query", "metricSeries"): RootField(LOGGED_IN, {"metric": "revenue", "range": RANGE}),
    ("Query", "job"): RootField(LOGGED_IN, {"id": "<Job>"}, shows_own_texts=True),
    ("Query", "jobs"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "engagementWeights"): RootField(LOGGED_IN),
    ("Query", "systemHealth"): RootField(LOGGED_IN),
    ("Query", "imports"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "import"): RootField(ADMIN, {"id": "<Import>"}, shows_own_texts=True),
    ("Query", "importErrors"): RootField(ADMIN, {"id": "<Import>", "first": 10}, shows_own_texts=True),
    ("Query", "importFields"): RootField(ADMIN, {"kind": "ORDERS"}),
    ("Query", "importGuess"): RootField(ADMIN, {"id": "<Import>", "kind": "ORDERS"}),
    ("Query", "node"): RootField(LOGGED_IN, {"id": "<Conversation>"}, shows_own_texts=True),
    ("Mutation", "login"): RootField(
        EVERYBODY, {"input": {"tenant": "acme", "username": "viewer", "password": PASSWORD}}, shows_own_texts=True
    ),
    ("Mutation", "refreshSession"): RootField(LOGGED_IN, shows_own_texts=True),
    ("Mutation", "eventsIngest"): RootField(ADMIN, {"input": {"events": [EVENT]}}),
    ("Mutation", "jobCancel"): RootField(ADMIN, {"id": "<Job>"}, shows_own_texts=True),
    ("Mutation", "metricsRecompute"): RootField(ADMIN),
    ("Mutation", "importStart"): RootField(
        ADMIN, {"input": {"id": "<Import>", "kind": "ORDERS"}}, shows_own_texts=True
    ),
    ("Mutation", "importCancel"): RootField(ADMIN, {"id": "<Import>"}, shows_own_texts=True),
    ("Mutation", "importUndo"): RootField(ADMIN, {"id": "<Import>"}, shows_own_texts=True),
    ("Mutation", "importDiscard"): RootField(ADMIN, {"id": "<Import>"}),
    ("Subscription", "importUpdates"): RootField(ADMIN, {"id": "<Import>"}, shows_own_texts=True),
    ("Subscription", "jobUpdates"): RootField(LOGGED_IN, {"id": "<Job>"}, shows_own_texts=True),
    ("Mutation", "engagementWeightsSet"): RootField(ADMIN, {"input": {"recency": 2.0}}),
    ("Mutation", "eventSchemaPut"): RootField(
        ADMIN, {"input": {"name": "crawled", "schema": {"type": "object"}, "mode": "WARN"}}
    ),
    ("Mutation", "eventSchemaDelete"): RootField(ADMIN, {"input": {"name": "crawled"}}),
    ("Mutation", "ingestPolicyUpdate"): RootField(ADMIN, {"input": {"maximumAgeDays": 4000}}),
    ("Mutation", "deadLetterReplay"): RootField(ADMIN, {"input": {"ids": ["<DeadLetter>"]}}),
    ("Mutation", "deadLetterDiscard"): RootField(ADMIN, {"input": {"ids": ["<DeadLetter>"]}}),
    ("Mutation", "sourceKeyCreate"): RootField(ADMIN, {"input": {"name": "crawled", "source": "shop"}}),
    ("Mutation", "sourceKeyRevoke"): RootField(ADMIN, {"input": {"id": "<SourceKey>"}}, shows_own_texts=True),
    ("Query", "webhookEndpoints"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "webhookEndpoint"): RootField(LOGGED_IN, {"id": "<WebhookEndpoint>"}, shows_own_texts=True),
    ("Query", "webhookDeliveries"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Mutation", "webhookEndpointCreate"): RootField(
        ADMIN, {"input": {"url": "https://crawled.example/", "events": ["CUSTOMER_ACTIVE"]}}
    ),
    ("Mutation", "webhookEndpointUpdate"): RootField(
        ADMIN, {"input": {"id": "<WebhookEndpoint>", "enabled": True}}, shows_own_texts=True
    ),
    ("Mutation", "webhookEndpointRotateSecret"): RootField(
        ADMIN, {"input": {"id": "<WebhookEndpoint>"}}, shows_own_texts=True
    ),
    ("Mutation", "webhookTest"): RootField(
        ADMIN,
        {"input": {"id": "<WebhookEndpoint>", "event": "CUSTOMER_ACTIVE", "subject": "<Customer>", "send": True}},
        shows_own_texts=True,
    ),
    ("Mutation", "webhookDeliveryReplay"): RootField(ADMIN, {"input": {"ids": ["<WebhookDelivery>"]}}),
    ("Mutation", "webhookEndpointDelete"): RootField(ADMIN, {"input": {"id": "<WebhookEndpoint>"}}),
    ("Subscription", "metricUpdates"): RootField(
        LOGGED_IN, {"metrics": ["revenue", "active_customers"], "range": RANGE}
    ),
    ("Subscription", "systemHealth"): RootField(LOGGED_IN),
    # Last: it ends the session that the others are called in.
    ("Mutation", "logout"): RootField(LOGGED_IN),
}


def with_ids(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: with_ids(part, ids) for key, part in value.items()}
    if isinstance(value, list):
        return [with_ids(part, ids) for part in value]
    if isinstance(value, str) and value.startswith("<"):
        return ids[value.strip("<>")]
    return value

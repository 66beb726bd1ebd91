"""Every root field with arguments to crawl it by, and who may call it. A new field fails the tests until it is here."""

from dataclasses import dataclass, field
from typing import Any, Final

from tests.isolation.crawl import FieldName
from tests.support.world import NOW, PASSWORD

EVERYBODY: Final = frozenset({"anonymous", "viewer", "analyst", "admin"})
LOGGED_IN: Final = EVERYBODY - {"anonymous"}
DECIDE: Final = "mutation($input: ActionDecideInput!) { actionDecide(input: $input) { userErrors { code } } }"
ADMIN: Final = frozenset({"admin"})
ANALYSTS: Final = frozenset({"analyst", "admin"})
SCORING: Final = frozenset({"analyst", "admin"})
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

JOURNEY: Final = {
    "stages": [{"key": "looking", "name": "Looking"}, {"key": "purchase", "name": "Bought"}],
    "rules": [
        {"eventName": "page_viewed", "stage": "looking"},
        {"eventName": "order_completed", "stage": "purchase", "moves": "FORWARD"},
    ],
}

ROOT_FIELDS: Final[dict[FieldName, RootField]] = {
    ("Query", "me"): RootField(LOGGED_IN, shows_own_texts=True),
    ("Query", "tenant"): RootField(LOGGED_IN, shows_own_texts=True),
    ("Query", "status"): RootField(LOGGED_IN),
    ("Query", "customers"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "customerCountries"): RootField(LOGGED_IN),
    ("Query", "customer"): RootField(LOGGED_IN, {"id": "<Customer>"}, shows_own_texts=True),
    ("Query", "openConversations"): RootField(LOGGED_IN),
    ("Query", "events"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "eventSchemas"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "ingestPolicy"): RootField(ADMIN),
    ("Query", "deadLetters"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "sourceKeys"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "apiKeys"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "sessions"): RootField(LOGGED_IN, {"first": 10}),
    ("Query", "members"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "openSessions"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "auditEntries"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "auditVerify"): RootField(ADMIN),
    ("Query", "metrics"): RootField(LOGGED_IN),
    ("Query", "metricSeries"): RootField(LOGGED_IN, {"metric": "revenue", "range": RANGE}),
    ("Query", "job"): RootField(LOGGED_IN, {"id": "<Job>"}, shows_own_texts=True),
    ("Query", "jobs"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "journeyDefinition"): RootField(LOGGED_IN),
    ("Query", "journeyPreview"): RootField(ADMIN, {"definition": JOURNEY}),
    ("Query", "journey"): RootField(LOGGED_IN, {"range": RANGE}),
    ("Query", "journeyBottlenecks"): RootField(LOGGED_IN, {"range": RANGE}),
    ("Query", "journeyCustomers"): RootField(
        LOGGED_IN, {"range": RANGE, "stage": "purchase", "first": 10}, shows_own_texts=True
    ),
    ("Mutation", "journeyStagesUpdate"): RootField(ADMIN, {"input": JOURNEY}),
    ("Query", "actionCatalogue"): RootField(LOGGED_IN, shows_own_texts=True),
    ("Query", "nextBestActions"): RootField(LOGGED_IN, {"first": 10}),
    ("Query", "segmentActions"): RootField(LOGGED_IN, {"segmentId": "<Segment>"}),
    ("Query", "orders"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "conversations"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "actionDecisions"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "actionEffect"): RootField(LOGGED_IN),
    ("Mutation", "actionDecide"): RootField(
        ANALYSTS, {"input": {"customerId": "<Customer>", "action": "crawled", "decided": "DISMISS"}}
    ),
    ("Mutation", "actionOutcome"): RootField(
        ANALYSTS, {"input": {"decisionId": "<ActionDecision>", "succeeded": True}}
    ),
    ("Mutation", "actionCatalogueUpdate"): RootField(
        ADMIN,
        {"input": {"actions": [{"code": "c", "name": "C", "channel": "email", "valueRule": "FIXED", "value": 1.0}]}},
    ),
    ("Query", "engagementWeights"): RootField(LOGGED_IN),
    ("Query", "systemHealth"): RootField(LOGGED_IN),
    ("Query", "imports"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "import"): RootField(ADMIN, {"id": "<Import>"}, shows_own_texts=True),
    ("Query", "importErrors"): RootField(ADMIN, {"id": "<Import>", "first": 10}, shows_own_texts=True),
    ("Query", "importFields"): RootField(ADMIN, {"kind": "ORDERS"}),
    ("Query", "importGuess"): RootField(ADMIN, {"id": "<Import>", "kind": "ORDERS"}),
    ("Query", "rfm"): RootField(LOGGED_IN),
    ("Query", "segments"): RootField(LOGGED_IN, {"first": 1}, shows_own_texts=True),
    ("Query", "segment"): RootField(LOGGED_IN, {"id": "<Segment>"}, shows_own_texts=True),
    ("Query", "segmentations"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "segmentation"): RootField(LOGGED_IN, {"method": "RFM"}, shows_own_texts=True),
    ("Query", "segmentMovement"): RootField(LOGGED_IN, {"method": "RFM", "horizonDays": 30}),
    ("Query", "segmentExplain"): RootField(LOGGED_IN, {"segmentId": "<Segment>", "customerId": "<Customer>"}),
    ("Query", "predictions"): RootField(
        LOGGED_IN, {"kind": "CHURN", "horizonDays": 30, "first": 10}, shows_own_texts=True
    ),
    ("Query", "predictionSummary"): RootField(LOGGED_IN, {"kind": "CHURN", "horizonDays": 30}, shows_own_texts=True),
    ("Query", "modelVersions"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "modelVersion"): RootField(LOGGED_IN, {"id": "<ModelVersion>"}, shows_own_texts=True),
    ("Query", "modelCard"): RootField(LOGGED_IN, {"id": "<ModelVersion>"}, shows_own_texts=True),
    ("Query", "modelTrainings"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Query", "modelTraining"): RootField(LOGGED_IN, {"id": "<ModelTraining>"}, shows_own_texts=True),
    ("Mutation", "modelTrain"): RootField(SCORING, {"input": {"kind": "CHURN", "horizonDays": 30}}),
    ("Mutation", "modelReproduce"): RootField(SCORING, {"id": "<ModelVersion>"}),
    ("Mutation", "modelPromote"): RootField(SCORING, {"id": "<ModelVersion>"}),
    ("Query", "rateLimit"): RootField(LOGGED_IN),
    ("Query", "costEstimate"): RootField(LOGGED_IN, {"document": "{ customers(first: 10) { nodes { id } } }"}),
    ("Query", "node"): RootField(LOGGED_IN, {"id": "<Node>"}, shows_own_texts=True),
    ("Query", "nodes"): RootField(LOGGED_IN, {"ids": ["<Customer>", "<Order>", "<Event>"]}, shows_own_texts=True),
    ("Mutation", "login"): RootField(
        EVERYBODY, {"input": {"tenant": "acme", "username": "viewer", "password": PASSWORD}}, shows_own_texts=True
    ),
    ("Mutation", "tokenRefresh"): RootField(EVERYBODY, {"input": {"refreshToken": "guessed"}}),
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
    ("Mutation", "segmentCreate"): RootField(
        ANALYSTS, {"input": {"name": "crawled", "definition": {"metric": "orders", "atLeast": 1}}}
    ),
    ("Mutation", "segmentUpdate"): RootField(
        ANALYSTS, {"input": {"id": "<Segment>", "mode": "STATIC"}}, shows_own_texts=True
    ),
    ("Mutation", "segmentationRun"): RootField(ANALYSTS, {"input": {"method": "KMEANS", "k": 3}}),
    ("Mutation", "segmentDelete"): RootField(ANALYSTS, {"input": {"id": "<Segment>"}}),
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
    ("Mutation", "apiKeyCreate"): RootField(ADMIN, {"input": {"name": "crawled", "role": "VIEWER"}}),
    ("Mutation", "apiKeyRevoke"): RootField(ADMIN, {"input": {"id": "<ApiKey>"}}, shows_own_texts=True),
    ("Mutation", "sessionRevoke"): RootField(LOGGED_IN, {"input": {"id": "<Session>"}}),
    ("Mutation", "passwordChange"): RootField(
        LOGGED_IN, {"input": {"currentPassword": "wrong", "newPassword": PASSWORD}}
    ),
    ("Mutation", "memberInvite"): RootField(
        ADMIN, {"input": {"name": "crawled", "displayName": "Crawled", "role": "VIEWER"}}
    ),
    ("Mutation", "memberReset"): RootField(ADMIN, {"id": "<User>"}, shows_own_texts=True),
    ("Mutation", "memberRoleSet"): RootField(ADMIN, {"input": {"id": "<User>", "role": "ADMIN"}}, shows_own_texts=True),
    ("Mutation", "sessionEnd"): RootField(ADMIN, {"id": "<Session>"}, shows_own_texts=True),
    ("Mutation", "tenantUpdate"): RootField(ADMIN, {"input": {}}, shows_own_texts=True),
    ("Query", "savedViews"): RootField(LOGGED_IN, {"first": 10}, shows_own_texts=True),
    ("Mutation", "savedViewCreate"): RootField(
        LOGGED_IN, {"input": {"name": "crawled", "query": "country=FR"}}, shows_own_texts=True
    ),
    ("Mutation", "savedViewUpdate"): RootField(LOGGED_IN, {"input": {"id": "<SavedView>", "shared": True}}),
    ("Mutation", "savedViewDelete"): RootField(LOGGED_IN, {"input": {"id": "<SavedView>"}}),
    ("Query", "bulkOperations"): RootField(ANALYSTS, {"first": 10}, shows_own_texts=True),
    ("Query", "bulkOperation"): RootField(ANALYSTS, {"id": "<BulkOperation>"}, shows_own_texts=True),
    ("Mutation", "bulkOperationRunQuery"): RootField(
        ANALYSTS, {"input": {"query": "{ customers { nodes { name } } }"}}
    ),
    ("Mutation", "bulkOperationRunMutation"): RootField(
        ANALYSTS,
        {
            "input": {
                "mutation": DECIDE,
                "upload": "<BulkUpload>",
            }
        },
    ),
    ("Mutation", "bulkOperationCancel"): RootField(ANALYSTS, {"id": "<BulkOperation>"}),
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
    ("Query", "privacyRequests"): RootField(ADMIN, {"first": 10}, shows_own_texts=True),
    ("Query", "privacyRequest"): RootField(ADMIN, {"id": "<PrivacyRequest>"}, shows_own_texts=True),
    ("Query", "tenantLimits"): RootField(ADMIN),
    ("Query", "signInSettings"): RootField(ADMIN, shows_own_texts=True),
    ("Mutation", "identityProviderSet"): RootField(
        ADMIN, {"input": {"issuer": "http://idp.example", "clientId": "us", "emailDomains": ["acme.example"]}}
    ),
    ("Mutation", "identityProviderDelete"): RootField(ADMIN),
    ("Mutation", "tenantLimitsUpdate"): RootField(ADMIN, {"input": {"members": 50}}),
    ("Mutation", "customerConsentSet"): RootField(
        ADMIN, {"input": {"customerId": "<Customer>", "purpose": "MARKETING", "granted": False}}, shows_own_texts=True
    ),
    ("Mutation", "customerDataExport"): RootField(ADMIN, {"input": {"customerId": "<Customer>"}}, shows_own_texts=True),
    ("Mutation", "customerErase"): RootField(
        ADMIN, {"input": {"customerId": "<Customer>", "confirmExternalId": "somebody else"}}
    ),
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

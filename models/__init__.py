"""The ground floor: tables, tenancy, and the only way to a database session."""

from models.accounts import SetupLink, UserAccount, UserSession
from models.audit import AuditEntry
from models.conversations import Conversation, Message
from models.customers import Customer
from models.events import Event
from models.facts import ConversationResponse, CustomerSession, StaleCustomer
from models.failures import DeadLetter
from models.heartbeats import ProcessHeartbeat
from models.imports import ImportChange, ImportChunk, ImportFault, ImportRow, ImportRun, ImportUnit
from models.ingest import EventSchema, IngestPolicy, SourceKey
from models.jobs import Job
from models.journeys import JourneyRule, JourneySpell, JourneyStage
from models.metrics import EngagementWeight, MetricBucket, MetricRevision, ProcessedMessage
from models.orders import OrderLine, SalesOrder
from models.outbox import OutboxMessage
from models.tenants import Replay, Tenant, TenantProfile
from models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "AuditEntry",
    "Conversation",
    "ConversationResponse",
    "Customer",
    "CustomerSession",
    "DeadLetter",
    "EngagementWeight",
    "Event",
    "EventSchema",
    "ImportChange",
    "ImportChunk",
    "ImportFault",
    "ImportRow",
    "ImportRun",
    "ImportUnit",
    "IngestPolicy",
    "Job",
    "JourneyRule",
    "JourneySpell",
    "JourneyStage",
    "Message",
    "MetricBucket",
    "MetricRevision",
    "OrderLine",
    "OutboxMessage",
    "ProcessHeartbeat",
    "ProcessedMessage",
    "Replay",
    "SalesOrder",
    "SetupLink",
    "SourceKey",
    "StaleCustomer",
    "Tenant",
    "TenantProfile",
    "UserAccount",
    "UserSession",
    "WebhookDelivery",
    "WebhookEndpoint",
]

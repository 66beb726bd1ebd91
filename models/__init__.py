"""The ground floor: tables, tenancy, and the only way to a database session."""

from models.accounts import (
    ApiKey,
    IdempotentWrite,
    RefreshToken,
    SetupLink,
    UserAccount,
    UserIdentity,
    UserSession,
)
from models.actions import ActionCatalogue, ActionDecision
from models.audit import AuditEntry, AuditSeal, AuditUnsealed
from models.bulk_operations import BulkOperation, BulkPart, BulkUpload
from models.conversations import Conversation, Message
from models.customers import Customer
from models.events import Event
from models.facts import ConversationResponse, CustomerSession, StaleCustomer
from models.failures import DeadLetter
from models.heartbeats import ProcessHeartbeat
from models.identity_providers import IdentityProvider
from models.imports import ImportChange, ImportChunk, ImportFault, ImportRow, ImportRun, ImportUnit
from models.ingest import EventSchema, IngestPolicy, SourceKey
from models.jobs import Job
from models.journeys import JourneyRule, JourneySpell, JourneyStage
from models.limits import TenantLimit
from models.metrics import EngagementWeight, MetricBucket, MetricRevision, ProcessedMessage
from models.orders import OrderLine, SalesOrder
from models.outbox import OutboxMessage
from models.predictions import ModelDrift, ModelState, ModelTraining, ModelVersion, Prediction
from models.privacy import CustomerConsent, Erased, ErasureSalt, PrivacyRequest, SubjectKey
from models.segments import Segment, Segmentation, SegmentMember, SegmentSnapshot
from models.tenants import Replay, Tenant, TenantProfile
from models.views import SavedView
from models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "ActionCatalogue",
    "ActionDecision",
    "ApiKey",
    "AuditEntry",
    "AuditSeal",
    "AuditUnsealed",
    "BulkOperation",
    "BulkPart",
    "BulkUpload",
    "Conversation",
    "ConversationResponse",
    "Customer",
    "CustomerConsent",
    "CustomerSession",
    "DeadLetter",
    "EngagementWeight",
    "Erased",
    "ErasureSalt",
    "Event",
    "EventSchema",
    "IdempotentWrite",
    "IdentityProvider",
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
    "ModelDrift",
    "ModelState",
    "ModelTraining",
    "ModelVersion",
    "OrderLine",
    "OutboxMessage",
    "Prediction",
    "PrivacyRequest",
    "ProcessHeartbeat",
    "ProcessedMessage",
    "RefreshToken",
    "Replay",
    "SalesOrder",
    "SavedView",
    "Segment",
    "SegmentMember",
    "SegmentSnapshot",
    "Segmentation",
    "SetupLink",
    "SourceKey",
    "StaleCustomer",
    "SubjectKey",
    "Tenant",
    "TenantLimit",
    "TenantProfile",
    "UserAccount",
    "UserIdentity",
    "UserSession",
    "WebhookDelivery",
    "WebhookEndpoint",
]

"""The ground floor: tables, tenancy, and the only way to a database session."""

from models.accounts import SetupLink, UserAccount, UserSession
from models.audit import AuditEntry
from models.conversations import Conversation, Message
from models.customers import Customer
from models.events import Event
from models.failures import DeadLetter
from models.imports import ImportChange, ImportChunk, ImportFault, ImportRow, ImportRun, ImportUnit
from models.jobs import Job
from models.metrics import MetricBucket, MetricRevision, ProcessedMessage
from models.orders import OrderLine, SalesOrder
from models.outbox import OutboxMessage
from models.tenants import Replay, Tenant, TenantProfile

__all__ = [
    "AuditEntry",
    "Conversation",
    "Customer",
    "DeadLetter",
    "Event",
    "ImportChange",
    "ImportChunk",
    "ImportFault",
    "ImportRow",
    "ImportRun",
    "ImportUnit",
    "Job",
    "Message",
    "MetricBucket",
    "MetricRevision",
    "OrderLine",
    "OutboxMessage",
    "ProcessedMessage",
    "Replay",
    "SalesOrder",
    "SetupLink",
    "Tenant",
    "TenantProfile",
    "UserAccount",
    "UserSession",
]

"""Permissions, and the roles that grant them."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    ADMIN = "admin"
    ANALYST = "analyst"
    VIEWER = "viewer"


class Permission(StrEnum):
    CUSTOMERS_CREATE = "customers:create"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_UPDATE = "customers:update"
    CUSTOMERS_DELETE = "customers:delete"
    CUSTOMERS_EXPORT = "customers:export"
    EVENTS_READ = "events:read"
    EVENTS_INGEST = "events:ingest"
    CONVERSATIONS_START = "conversations:start"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_MANAGE = "conversations:manage"
    ANALYTICS_VIEW = "analytics:view"
    ANALYTICS_EXPORT = "analytics:export"
    SCORING_MANAGE = "scoring:manage"
    SEGMENTS_MANAGE = "segments:manage"
    WORKFLOWS_READ = "workflows:read"
    WORKFLOWS_MANAGE = "workflows:manage"
    INTEGRATIONS_VIEW = "integrations:view"
    INTEGRATIONS_MANAGE = "integrations:manage"
    USERS_MANAGE = "users:manage"
    ROLES_MANAGE = "roles:manage"
    AUDIT_VIEW = "audit:view"
    SETTINGS_MANAGE = "settings:manage"
    AI_USE = "ai:use"
    AI_CONFIGURE = "ai:configure"
    API_KEYS_MANAGE = "api_keys:manage"
    PRIVACY_MANAGE = "privacy:manage"


VIEWER: Final = frozenset(
    {
        Permission.CUSTOMERS_READ,
        Permission.EVENTS_READ,
        Permission.CONVERSATIONS_READ,
        Permission.ANALYTICS_VIEW,
        Permission.WORKFLOWS_READ,
        Permission.INTEGRATIONS_VIEW,
    }
)
ANALYST: Final = VIEWER | {
    Permission.ANALYTICS_EXPORT,
    Permission.CUSTOMERS_EXPORT,
    Permission.SEGMENTS_MANAGE,
    Permission.SCORING_MANAGE,
    Permission.AI_USE,
}

ROLE_PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.VIEWER: VIEWER,
    Role.ANALYST: ANALYST,
    Role.ADMIN: frozenset(Permission),
}

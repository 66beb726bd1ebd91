"""Whose eyes a payload is read with: a service of the tenant, which may do no more than the endpoint's owner."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from api.auth.permissions import ROLE_PERMISSIONS, Permission, Role
from api.auth.principal import Principal
from api.webhooks.contracts import SYSTEM, EndpointRecord

NOBODY: Final = UUID(int=0)
NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ServicePrincipal(Principal):
    """It has no account and no session, and is no role's: `granted` is all it has."""

    granted: frozenset[Permission] = frozenset()

    @property
    def permissions(self) -> frozenset[Permission]:
        return self.granted

    @property
    def actor(self) -> str:
        return SYSTEM


def granted_by(record: EndpointRecord, role: Role | None) -> frozenset[Permission]:
    """What the owner could when they saved it, and still can."""
    if role is None:
        return frozenset()
    return frozenset(map(Permission, record.grants)) & ROLE_PERMISSIONS[role]


def service(tenant_id: UUID, granted: frozenset[Permission]) -> ServicePrincipal:
    return ServicePrincipal(
        tenant_id=tenant_id,
        account_id=NOBODY,
        session_id=NOBODY,
        name="webhooks",
        display_name="webhooks",
        role=Role.VIEWER,
        expires_at=NEVER,
        granted=granted,
    )

"""Who is asking. The tenant of a request is its principal's and comes from nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.auth.permissions import ROLE_PERMISSIONS, Permission, Role


@dataclass(frozen=True, slots=True)
class Principal:
    """An account of one tenant, in one session that ends at `expires_at`."""

    tenant_id: UUID
    account_id: UUID
    session_id: UUID
    name: str
    display_name: str
    role: Role
    expires_at: datetime

    @property
    def permissions(self) -> frozenset[Permission]:
        return ROLE_PERMISSIONS[self.role]

    @property
    def actor(self) -> str:
        """How the audit trail names this principal."""
        return f"user:{self.name}"

"""Who is asking. The tenant of a request is its principal's and comes from nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from api.auth.permissions import ROLE_PERMISSIONS, Permission, Role

SOURCE_PERMISSIONS: Final = frozenset({Permission.EVENTS_INGEST})


@dataclass(frozen=True, slots=True)
class Principal:
    """An account of one tenant, in one session that ends at `expires_at`; or a program with an API key.

    Of a program, account and session are the key, and `granted` is what its key allows of the role.
    """

    tenant_id: UUID
    account_id: UUID
    session_id: UUID
    name: str
    display_name: str
    role: Role
    expires_at: datetime
    granted: frozenset[Permission] | None = None

    @property
    def is_program(self) -> bool:
        return self.granted is not None

    @property
    def permissions(self) -> frozenset[Permission]:
        return ROLE_PERMISSIONS[self.role] if self.granted is None else self.granted

    @property
    def actor(self) -> str:
        """How the audit trail names this principal."""
        return f"api-key:{self.name}" if self.is_program else f"user:{self.name}"

    @property
    def spender(self) -> UUID:
        """Whose bucket of points pays."""
        return self.account_id


@dataclass(frozen=True, slots=True)
class SourcePrincipal:
    """A system of the tenant that proved itself by a source key: it may send events of its source, and nothing else."""

    tenant_id: UUID
    key_id: UUID
    public: str
    source: str

    @property
    def permissions(self) -> frozenset[Permission]:
        return SOURCE_PERMISSIONS

    @property
    def actor(self) -> str:
        return f"source-key:{self.public}"

    @property
    def spender(self) -> UUID:
        return self.key_id


Caller = Principal | SourcePrincipal
"""Whoever a request comes from. Only a Principal has logged in."""

"""Accounts as the other slices know them."""

from dataclasses import dataclass
from uuid import UUID

from api.auth.permissions import Role
from api.auth.principal import Principal
from api.auth.tokens import SessionRef


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Without a password hash a setup link must be made for it."""

    name: str
    display_name: str
    role: Role
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class AccountRecord:
    id: UUID
    name: str
    display_name: str
    role: str
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Login:
    """A session that has just begun."""

    principal: Principal

    @property
    def ref(self) -> SessionRef:
        return SessionRef(self.principal.tenant_id, self.principal.session_id)

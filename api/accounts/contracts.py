"""Accounts as the other slices know them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.auth.permissions import Permission, Role
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
class MemberRecord:
    """An account as its tenant's admins see it."""

    id: UUID
    name: str
    display_name: str
    role: str
    can_log_in: bool
    created_at: datetime
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class InvitedMember:
    """`token` is the one-time link's, which is shown once."""

    member: MemberRecord
    token: str


@dataclass(frozen=True, slots=True)
class TeamSessionRecord:
    """Anybody's session that is still open, as its tenant's admins see it."""

    id: UUID
    name: str
    display_name: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Login:
    """A session that has just begun."""

    principal: Principal

    @property
    def ref(self) -> SessionRef:
        return SessionRef(self.principal.tenant_id, self.principal.session_id)


@dataclass(frozen=True, slots=True)
class UsedSession:
    """An open session's account. `seen_at` is right to a few minutes."""

    principal: Principal
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SessionRecord:
    id: UUID
    created_at: datetime
    last_seen_at: datetime | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """`scopes` are a part of what the role grants; all of it when they are None."""

    name: str
    role: Role
    scopes: frozenset[Permission] | None
    lifetime: timedelta


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    id: UUID
    public: str
    name: str
    role: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class CreatedApiKey:
    """`text` is the key itself, which is shown once."""

    record: ApiKeyRecord
    text: str


@dataclass(frozen=True, slots=True)
class NewSourceKey:
    """`source` is what its events are filed under."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class SourceKeyRecord:
    id: UUID
    public: str
    name: str
    source: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class CreatedSourceKey:
    """`text` is the key itself, which is shown once."""

    record: SourceKeyRecord
    text: str

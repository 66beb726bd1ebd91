"""Identity providers as the rest of the product knows them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.auth.permissions import Role


class Refused(StrEnum):
    """Why somebody was not let in. The log-in page has a sentence for each."""

    NOT_OFFERED = "sign-in-not-offered"
    UNAVAILABLE = "sign-in-unavailable"
    STALE = "sign-in-stale"
    DECLINED = "sign-in-declined"
    INVALID = "sign-in-invalid"
    UNKNOWN_PERSON = "sign-in-unknown"
    FULL = "sign-in-full"
    THROTTLED = "throttled"


class SignInError(Exception):
    """`why` is for the person; `detail` for our log, and holds nothing that the provider or the person wrote."""

    def __init__(self, why: Refused, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else str(why))
        self.why = why
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ProviderRecord:
    issuer: str
    client_id: str
    secret: bytes | None
    email_domains: list[str]
    new_role: str | None
    enabled: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderForm:
    """Without `secret` the one that is there stays, an empty one removes it. Without `new_role` people are invited."""

    issuer: str
    client_id: str
    secret: str | None
    email_domains: tuple[str, ...]
    new_role: Role | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What of a provider's description is used."""

    issuer: str
    authorization: str
    token: str
    jwks: str
    secret_in_body: bool
    names_issuer: bool
    """Whether its answers say whose they are (RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is by a verified ID token. `email` is None unless the provider says that it is theirs."""

    subject: str
    email: str | None
    name: str

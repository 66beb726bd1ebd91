"""What the privacy card asks the API for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ui.client import ApiClient
from ui.pages.predictive.data import UserError
from ui.records import Record

Purpose = Literal["MARKETING", "PROFILING", "ANALYTICS"]


class Consent(Record):
    purpose: Purpose
    granted: bool
    said_at: datetime
    source: str


class Someone(Record):
    name: str
    external_id: str
    consents: Sequence[Consent]


class Allowed(Record):
    permissions: Sequence[str]


class Zone(Record):
    time_zone: str


class PrivacyAnswer(Record):
    me: Allowed
    tenant: Zone
    customer: Someone | None = None

    @property
    def may_enter(self) -> bool:
        return "customers:update" in self.me.permissions

    @property
    def may_manage(self) -> bool:
        return "privacy:manage" in self.me.permissions


class Line(Record):
    """`count` is None where the place could not be reached."""

    place: str
    fate: str
    count: int | None


class Work(Record):
    state: str


class Request(Record):
    kind: Literal["EXPORT", "ERASE"]
    state: Literal["ASKED", "DONE"]
    file_path: str | None
    file_until: datetime | None
    job: Work | None
    receipt: Sequence[Line]


class RequestAnswer(Record):
    tenant: Zone
    privacy_request: Request | None


class _Key(Record):
    id: str


class _Asked(Record):
    request: _Key | None = None
    user_errors: Sequence[UserError]


class _Answer(Record):
    asked: _Asked


class _Done(Record):
    user_errors: Sequence[UserError]


class _Entered(Record):
    done: _Done


async def load(client: ApiClient, customer_id: str) -> PrivacyAnswer:
    return await client.run("CustomerPrivacy", PrivacyAnswer, {"id": customer_id})


async def load_request(client: ApiClient, request_id: str) -> RequestAnswer:
    return await client.run("PrivacyRequest", RequestAnswer, {"id": request_id})


async def enter(client: ApiClient, customer_id: str, purpose: str, *, granted: bool) -> str | None:
    """What the API has against it, or None."""
    variables = {"customer": customer_id, "purpose": purpose, "granted": granted}
    found = (await client.run("CustomerConsentSet", _Entered, variables)).done.user_errors
    return found[0].message if found else None


async def ask_export(client: ApiClient, customer_id: str) -> tuple[str | None, str]:
    return _told(await client.run("CustomerDataExport", _Answer, {"customer": customer_id}))


async def ask_erasure(client: ApiClient, customer_id: str, confirmed: str) -> tuple[str | None, str]:
    variables = {"customer": customer_id, "confirmed": confirmed}
    return _told(await client.run("CustomerErase", _Answer, variables))


def _told(answer: _Answer) -> tuple[str | None, str]:
    """(the request, what the API has against it)."""
    asked = answer.asked
    if asked.request is None:
        return None, asked.user_errors[0].message if asked.user_errors else "Nothing came of it."
    return asked.request.id, ""

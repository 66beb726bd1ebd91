"""What the Settings page asks the API for, a tab at a time, and what it changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from ui.client import ApiClient
from ui.pages.settings.query import UNPAGED, SettingsQuery
from ui.records import PageInfo, Record, TotalCount, User

N = TypeVar("N")
Role = Literal["ADMIN", "ANALYST", "VIEWER"]


class Profile(Record):
    name: str
    time_zone: str
    currency: str
    slug: str = ""


class Listed(Record, Generic[N]):
    nodes: Sequence[N]
    page_info: PageInfo
    total_count: TotalCount


class Answer(Record, Generic[N]):
    tenant: Profile
    page: Listed[N]


class Member(Record):
    id: str
    name: str
    display_name: str
    role: Role
    state: Literal["INVITED", "ACTIVE"]
    created_at: datetime
    last_login_at: datetime | None = None


class _Me(Record):
    id: str


class People(Answer[Member]):
    me: _Me


class Session(Record):
    id: str
    name: str
    display_name: str
    created_at: datetime
    expires_at: datetime
    current: bool


class Entry(Record):
    id: str
    at: datetime
    actor: str
    action: str
    outcome: Literal["DONE", "DENIED"]
    details: Mapping[str, Any]


class SourceKey(Record):
    id: str
    name: str
    source: str
    public: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class ApiKey(Record):
    id: str
    name: str
    public: str
    role: Role
    scopes: Sequence[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class _Granted(Record):
    permissions: Sequence[str]


class ApiKeys(Answer[ApiKey]):
    me: _Granted


class Breaker(Record):
    state: Literal["CLOSED", "OPEN", "HALF_OPEN"]
    failures: int
    open_until: datetime | None = None


class Endpoint(Record):
    id: str
    url: str
    description: str
    events: Sequence[str]
    query: str | None = None
    enabled: bool
    disabled_because: str | None = None
    previous_secret_until: datetime | None = None
    created_by: str
    breaker: Breaker


class _Target(Record):
    id: str
    url: str


class Delivery(Record):
    id: str
    message_id: str
    event: str
    subject: str
    test: bool
    state: Literal["WAITING", "DELIVERED", "DEAD"]
    attempts: int
    replays: int
    created_at: datetime
    next_try_at: datetime | None = None
    tried_at: datetime | None = None
    status: int | None = None
    milliseconds: int | None = None
    fault: str | None = None
    endpoint: _Target


class Schema(Record):
    id: str
    name: str
    # Named so by the API; the word itself is taken by pydantic.
    body: Any
    mode: Literal["WARN", "REJECT"]
    updated_by: str
    updated_at: datetime


class Letter(Record):
    id: str
    kind: Literal["EVENT", "MESSAGE"]
    state: Literal["WAITING", "REPLAYED", "DISCARDED"]
    origin: str
    reference: str
    code: str
    path: Sequence[str]
    message: str
    attempts: int
    created_at: datetime


class _Node(Record):
    id: str


class _Anything(Record):
    nodes: Sequence[_Node]


class Endpoints(Record):
    nodes: Sequence[Endpoint]
    total_count: TotalCount


class Webhooks(Answer[Delivery]):
    me: _Granted
    endpoints: Endpoints
    sample: _Anything


class OwnSession(Record):
    id: str
    created_at: datetime
    last_seen_at: datetime | None = None
    expires_at: datetime
    current: bool


class Account(Answer[OwnSession]):
    me: User


class _Policy(Record):
    maximum_age_days: int | None = None


class General(Record):
    tenant: Profile
    anything: _Anything
    ingest_policy: _Policy


class Provider(Record):
    issuer: str
    client_id: str
    has_secret: bool
    email_domains: Sequence[str]
    new_role: Role | None = None
    enabled: bool
    updated_at: datetime


class _SignIn(Record):
    redirect_uri: str
    provider: Provider | None = None


class SignInSettings(Record):
    tenant: Profile
    sign_in_settings: _SignIn


class Limits(Record):
    points_per_second: int | None = None
    members: int | None = None
    sockets: int | None = None
    event_days: int | None = None
    events_kept_from: datetime | None = None


class LimitSettings(Record):
    tenant: Profile
    tenant_limits: Limits


class StageSet(Record):
    key: str = ""
    name: str
    is_exit: bool


class RuleSet(Record):
    event_name: str
    stage: str
    moves: Literal["ANY", "FORWARD", "NEXT"]
    property: str | None = None
    equals: str | None = None


class Definition(Record):
    stages: Sequence[StageSet]
    rules: Sequence[RuleSet]
    rebuilding: bool


class JourneySettings(Record):
    tenant: Profile
    me: _Granted
    journey_definition: Definition


class PreviewStage(Record):
    stage: StageSet
    customers: int
    now: int | None = None


class Preview(Record):
    sampled: int
    customers: int
    nowhere: int
    nowhere_now: int
    stages: Sequence[PreviewStage]


class _PreviewAnswer(Record):
    journey_preview: Preview


class UserError(Record):
    field: Sequence[str] | None = None
    message: str


class Replayed(Record):
    outcome: str
    message: str | None = None


class Done(Record):
    """What a mutation answers: what was wrong, and what is shown once."""

    user_errors: Sequence[UserError]
    setup_path: str | None = None
    key: str | None = None
    secret: str | None = None
    body: str | None = None
    results: Sequence[Replayed] = ()


class DoneAnswer(BaseModel):
    done: Done


OPERATIONS: Mapping[str, tuple[str, type[Record]]] = {
    "general": ("SettingsGeneral", General),
    "people": ("SettingsPeople", People),
    "sessions": ("SettingsSessions", Answer[Session]),
    "sign-in": ("SettingsSignIn", SignInSettings),
    "limits": ("SettingsLimits", LimitSettings),
    "audit": ("SettingsAudit", Answer[Entry]),
    "journey": ("SettingsJourney", JourneySettings),
    "api": ("SettingsApiKeys", ApiKeys),
    "webhooks": ("SettingsWebhooks", Webhooks),
    "account": ("SettingsAccount", Account),
    "keys": ("SettingsKeys", Answer[SourceKey]),
    "schemas": ("SettingsSchemas", Answer[Schema]),
    "letters": ("SettingsLetters", Answer[Letter]),
}


async def preview(client: ApiClient, definition: Mapping[str, Any]) -> Preview:
    return (await client.run("JourneyPreview", _PreviewAnswer, {"definition": definition})).journey_preview


async def load(client: ApiClient, query: SettingsQuery, zone: str) -> Any:
    """The answer of the tab's operation, as the record that OPERATIONS names."""
    name, answer = OPERATIONS[query.tab]
    variables = {} if query.tab in UNPAGED else query.variables(zone)
    return await client.run(name, answer, variables)


async def zone_of(client: ApiClient) -> str:
    return (await client.run("SettingsGeneral", General)).tenant.time_zone


async def change(client: ApiClient, operation: str, variables: Mapping[str, Any]) -> Done:
    return (await client.run(operation, DoneAnswer, variables)).done

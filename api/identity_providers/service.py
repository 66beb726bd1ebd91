"""Signing in by the tenant's identity provider: sending the browser there, and letting in who comes back."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.contracts import Login
from api.accounts.service import begin_session
from api.audit.repository import insert_entry
from api.auth.keys import Keys
from api.auth.sealing import UnreadableSecretError
from api.errors import ThrottledError
from api.identity_providers import protocol, repository
from api.identity_providers.contracts import Endpoints, Person, ProviderRecord, Refused, SignInError
from api.identity_providers.discovery import Discovery, read_object
from api.identity_providers.people import account_for
from api.identity_providers.protocol import Client, Proofs
from api.identity_providers.secrets import Visit, seal_visit, unseal_secret, unseal_visit
from api.limits.logins import LoginThrottle
from api.outgoing import CallError, Outgoing
from api.tenants.repository import find_tenant_id
from models.database import Database

VISIT_LIFETIME: Final = timedelta(minutes=10)
CALLBACK: Final = "/sign-in/callback"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and the sealed cookie it comes back with."""

    url: str
    cookie: str


class SignIn:
    def __init__(
        self,
        database: Database,
        keys: Keys,
        discovery: Discovery,
        outgoing: Outgoing,
        throttle: LoginThrottle,
        base_url: str,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._keys = keys
        self._discovery = discovery
        self._outgoing = outgoing
        self._throttle = throttle
        self._redirect_uri = base_url + CALLBACK
        self._now = now

    async def begin(self, slug: str, target: str, address: str | None) -> Begun:
        """Raises SignInError: of a tenant without a provider and of one that is not, the same."""
        await self._count(address)
        tenant_id = None if "\0" in slug else await find_tenant_id(self._database, slug)
        if tenant_id is None:
            raise SignInError(Refused.NOT_OFFERED)
        provider = await self._provider(tenant_id)
        endpoints = await self._discovery.endpoints(provider.issuer)
        proofs = Proofs(state=token_urlsafe(32), nonce=token_urlsafe(32), verifier=token_urlsafe(48))
        until = int((self._now() + VISIT_LIFETIME).timestamp())
        url = protocol.authorization_url(endpoints, self._client(tenant_id, provider), proofs)
        return Begun(url, seal_visit(self._keys, Visit(tenant_id, provider.issuer, proofs, target, until)))

    async def finish(
        self, cookie: str, answer: Mapping[str, str], query: str, address: str | None
    ) -> tuple[Login, str]:
        """Who has come back, and where to; a refusal is in the audit trail. Raises SignInError."""
        await self._count(address)
        visit = unseal_visit(self._keys, cookie)
        if visit is None or visit.expires_at <= self._now().timestamp():
            raise SignInError(Refused.STALE, "no sign-in has begun here")
        try:
            return await self._admit(visit, await self._person(visit, answer, query)), visit.target
        except SignInError as refused:
            await self._note(visit.tenant_id, refused)
            raise

    async def _person(self, visit: Visit, answer: Mapping[str, str], query: str) -> Person:
        provider = await self._provider(visit.tenant_id)
        if provider.issuer != visit.issuer:
            raise SignInError(Refused.STALE, "the provider has changed")
        endpoints = await self._discovery.endpoints(provider.issuer)
        client = self._client(visit.tenant_id, provider)
        code = protocol.code_of(endpoints, answer, query, visit.proofs)
        token, access_token = await self._tokens(endpoints, client, code, visit.proofs)
        key = await self._discovery.key(endpoints, protocol.key_name(token))
        if key is None:
            raise SignInError(Refused.INVALID, "a key that the provider does not have")
        now = int(self._now().timestamp())
        return protocol.person_of(
            token, key, endpoints, client, nonce=visit.proofs.nonce, access_token=access_token, now=now
        )

    async def _tokens(self, endpoints: Endpoints, client: Client, code: str, proofs: Proofs) -> tuple[str, str | None]:
        headers, body = protocol.token_request(endpoints, client, code, proofs)
        try:
            answer = await self._outgoing.fetch("POST", endpoints.token, headers, body)
        except CallError as error:
            raise SignInError(Refused.UNAVAILABLE, error.code) from None
        if answer.status >= 500:  # noqa: PLR2004
            raise SignInError(Refused.UNAVAILABLE, f"status {answer.status}")
        if answer.status != 200:  # noqa: PLR2004
            raise SignInError(Refused.INVALID, f"the code was refused with status {answer.status}")
        found = read_object(answer.body)
        token, access_token = found.get("id_token"), found.get("access_token")
        if not isinstance(token, str):
            raise SignInError(Refused.INVALID, "no ID token")
        return token, access_token if isinstance(access_token, str) else None

    async def _admit(self, visit: Visit, person: Person) -> Login:
        now = self._now()
        async with self._database.unit_of_work(visit.tenant_id) as session:
            account = await account_for(session, visit.tenant_id, visit.issuer, person, now)
            principal = await begin_session(session, visit.tenant_id, account, now)
            await self._entry(session, visit.tenant_id, now, actor=principal.actor)
        return Login(principal)

    async def _provider(self, tenant_id: UUID) -> ProviderRecord:
        async with self._database.reading(tenant_id) as snapshot:
            provider = await repository.find_provider(snapshot)
        if provider is None or not provider.enabled:
            raise SignInError(Refused.NOT_OFFERED)
        return provider

    def _client(self, tenant_id: UUID, provider: ProviderRecord) -> Client:
        try:
            secret = None if provider.secret is None else unseal_secret(self._keys, tenant_id, provider.secret)
        except UnreadableSecretError:
            raise SignInError(Refused.UNAVAILABLE, "the secret was sealed under another JWT_SECRET_KEY") from None
        return Client(provider.client_id, secret, self._redirect_uri)

    async def _count(self, address: str | None) -> None:
        try:
            await self._throttle.count_address(address)
        except ThrottledError:
            raise SignInError(Refused.THROTTLED) from None

    async def _note(self, tenant_id: UUID, refused: SignInError) -> None:
        log.info("a sign-in was refused: %s", refused)
        async with self._database.unit_of_work(tenant_id) as session:
            details = {"why": str(refused.why), "detail": refused.detail}
            await self._entry(session, tenant_id, self._now(), actor="anonymous", details=details)

    @staticmethod
    async def _entry(
        session: AsyncSession, tenant_id: UUID, now: datetime, *, actor: str, details: dict[str, str] | None = None
    ) -> None:
        await insert_entry(
            session,
            tenant_id,
            at=now,
            actor=actor,
            action="session.sign_in",
            outcome="done" if details is None else "denied",
            details=details,
        )

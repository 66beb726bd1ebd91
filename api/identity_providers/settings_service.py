"""Saying by which provider the people of a tenant sign in."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.auth.keys import Keys
from api.auth.permissions import Role
from api.errors import BadInputError, NotFoundError
from api.identity_providers import repository
from api.identity_providers.contracts import ProviderForm, ProviderRecord, SignInError
from api.identity_providers.discovery import Discovery
from api.identity_providers.secrets import seal_secret
from api.outgoing import Outgoing
from models.database import Database

LONGEST: Final = 500
MOST_DOMAINS: Final = 50
DOMAIN: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
NEW_ROLES: Final = frozenset({None, Role.VIEWER, Role.ANALYST})


class ProviderSettings:
    def __init__(
        self,
        database: Database,
        keys: Keys,
        discovery: Discovery,
        outgoing: Outgoing,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._keys = keys
        self._discovery = discovery
        self._outgoing = outgoing
        self._now = now

    async def set(self, tenant_id: UUID, form: ProviderForm, *, actor: str) -> ProviderRecord:
        """The provider is asked for its description first: what cannot work is said here, not to who signs in."""
        self._check(form)
        try:
            await self._discovery.endpoints(form.issuer, fresh=True)
        except SignInError as error:
            raise BadInputError(
                f"This provider does not describe itself as it should: {error.detail}.",
                hint=f"It is asked at {form.issuer.rstrip('/')}/.well-known/openid-configuration.",
                path=("issuer",),
            ) from None
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            before = await repository.lock_provider(session, tenant_id)
            record = ProviderRecord(
                issuer=form.issuer,
                client_id=form.client_id,
                secret=self._secret(tenant_id, before, form),
                email_domains=list(form.email_domains),
                new_role=None if form.new_role is None else form.new_role.value,
                enabled=form.enabled,
                updated_at=now,
            )
            await repository.upsert_provider(session, tenant_id, record)
            details = {"issuer": record.issuer, "enabled": record.enabled, "secret": form.secret is not None}
            await self._entry(session, tenant_id, now, actor, "identity_provider.set", details)
        return record

    async def delete(self, tenant_id: UUID, *, actor: str) -> None:
        """Nobody signs in by it from now on. Who they are is kept, for when it is set again."""
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            if not await repository.delete_provider(session, tenant_id):
                raise NotFoundError("There is no identity provider.")
            await self._entry(session, tenant_id, now, actor, "identity_provider.delete", {})

    def _check(self, form: ProviderForm) -> None:
        self._outgoing.check(form.issuer, ("issuer",))
        if "?" in form.issuer or len(form.issuer) > LONGEST:
            raise BadInputError(f"An issuer has at most {LONGEST} characters and no query.", path=("issuer",))
        for name, text in (("clientId", form.client_id), ("clientSecret", form.secret or "x")):
            if not 0 < len(text) <= LONGEST or not text.isascii() or not text.isprintable():
                raise BadInputError(f"{name} has 1 to {LONGEST} printable ASCII characters.", path=(name,))
        if not 0 < len(form.email_domains) <= MOST_DOMAINS:
            raise BadInputError(
                f"Name 1 to {MOST_DOMAINS} domains of your people's e-mail addresses.", path=("emailDomains",)
            )
        for number, domain in enumerate(form.email_domains):
            if DOMAIN.fullmatch(domain) is None:
                raise BadInputError(
                    "A domain is in lower case, such as example.org.", path=("emailDomains", str(number))
                )
        if form.new_role not in NEW_ROLES:
            raise BadInputError("Nobody becomes an admin by signing in: make them one here.", path=("newRole",))

    def _secret(self, tenant_id: UUID, before: ProviderRecord | None, form: ProviderForm) -> bytes | None:
        if form.secret is not None:
            return seal_secret(self._keys, tenant_id, form.secret) if form.secret else None
        if before is None or before.secret is None:
            return None
        if before.issuer != form.issuer:
            # It would be sent to whoever the new issuer is.
            raise BadInputError("The secret was for another issuer: give the new one's.", path=("clientSecret",))
        return before.secret

    @staticmethod
    async def _entry(
        session: AsyncSession, tenant_id: UUID, now: datetime, actor: str, action: str, details: dict[str, object]
    ) -> None:
        await insert_entry(session, tenant_id, at=now, actor=actor, action=action, details=details)

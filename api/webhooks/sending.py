"""The job that sends what is due for one endpoint, a few messages at a time."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from secrets import randbelow
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.auth.permissions import Permission
from api.jobs.contracts import JobRun
from api.outgoing import CallError, Outgoing
from api.telemetry import WEBHOOK_TRIES
from api.webhooks import delivery_repository, repository, signing
from api.webhooks.contracts import SYSTEM, DeliveryRecord, DeliveryState, EndpointRecord, Outcome
from api.webhooks.principal import granted_by, service
from api.webhooks.schedule import PAUSES, BreakerState, next_try
from api.webhooks.sealing import UnreadableSecretError, unseal_with
from api.webhooks.selection import PayloadError, Render
from models.database import Database

AT_ONCE: Final = 4
"""Each reads its payload on a connection of its own, and the worker has few."""
TURN_SECONDS: Final = 20.0
"""A job holds one of its tenant's two lanes; after so long the others come first."""


def chance() -> float:
    return randbelow(1_000) / 1_000


@dataclass(frozen=True, slots=True)
class Work:
    """What a batch of tries needs of its endpoint."""

    endpoint: EndpointRecord
    granted: frozenset[Permission]
    deliveries: tuple[DeliveryRecord, ...]


@dataclass(frozen=True)
class Sending:
    database: Database
    outgoing: Outgoing
    render: Render
    key: bytes
    now: Callable[[], datetime]
    chance: Callable[[], float] = chance
    pauses: tuple[timedelta, ...] = PAUSES
    turn_seconds: float = TURN_SECONDS
    accepted: Sequence[bytes] = ()
    _monotonic: Callable[[], float] = field(default=time.monotonic)

    async def run(self, run: JobRun) -> None:
        """Until nothing is due, or the turn is over. Whoever is killed in between has its tries made again."""
        ends = self._monotonic() + self.turn_seconds
        done = 0
        while self._monotonic() < ends:
            await run.report(done)
            work = await self._begin(run)
            if work is None:
                return
            tries = (self._try(run.tenant_id, work, one) for one in work.deliveries)
            ended = await asyncio.gather(*tries, return_exceptions=True)
            await self._end(run, [outcome for outcome in ended if isinstance(outcome, Outcome)])
            for outcome in ended:
                if isinstance(outcome, BaseException):
                    raise outcome
            done += len(ended)

    async def _begin(self, run: JobRun) -> Work | None:
        now = self.now()
        async with self.database.unit_of_work(run.tenant_id) as session:
            await run.hold(session)
            endpoint = await repository.lock_endpoint(session, run.tenant_id, run.subject_id)
            if endpoint is None or not endpoint.enabled:
                return None
            state = endpoint.breaker.state(now)
            if state is BreakerState.OPEN:
                return None
            limit = 1 if state is BreakerState.HALF_OPEN else AT_ONCE
            due = await delivery_repository.take_due(session, run.tenant_id, endpoint.id, now, limit)
            if not due:
                return None
            role = await repository.find_role(session, run.tenant_id, endpoint.owner_id)
            begun = []
            for one in due:
                then = next_try(one.attempts + 1, now, self.chance(), self.pauses)
                begun.append(await delivery_repository.begin_try(session, run.tenant_id, one, now, then))
        return Work(endpoint, granted_by(endpoint, role), tuple(begun))

    async def _try(self, tenant_id: UUID, work: Work, delivery: DeliveryRecord) -> Outcome:
        """Any other error than these is a fault of ours: it ends the turn, and the next goes on after a pause."""
        endpoint, at = work.endpoint, self.now()
        try:
            secrets = self._secrets(tenant_id, endpoint, at)
            body = await self.render(service(tenant_id, work.granted), delivery, endpoint.query)
        except UnreadableSecretError:
            return Outcome(delivery, fault="SECRET_UNREADABLE", ours=True)
        except PayloadError as error:
            return Outcome(delivery, fault=error.code, ours=True)
        headers = signing.headers(signing.message_id(delivery.id), at, body, secrets)
        try:
            answer = await self.outgoing.post(endpoint.url, headers, body)
        except CallError as error:
            return Outcome(delivery, fault=error.code)
        taken = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        fault = None if taken else f"HTTP_{answer.status}"
        return Outcome(delivery, answer.status, answer.milliseconds, fault, final=answer.status == HTTPStatus.GONE)

    def _secrets(self, tenant_id: UUID, endpoint: EndpointRecord, at: datetime) -> list[bytes]:
        sealed, until = [endpoint.secret], endpoint.previous_until
        if endpoint.previous_secret is not None and until is not None and at < until:
            sealed.append(endpoint.previous_secret)
        return [unseal_with((self.key, *self.accepted), tenant_id, endpoint.id, one) for one in sealed]

    async def _end(self, run: JobRun, outcomes: list[Outcome]) -> None:
        now = self.now()
        async with self.database.unit_of_work(run.tenant_id) as session:
            await run.hold(session)
            endpoint = await repository.lock_endpoint(session, run.tenant_id, run.subject_id)
            if endpoint is None:
                return
            breaker = endpoint.breaker
            for outcome in outcomes:
                state = self._state(outcome)
                await delivery_repository.end_try(session, run.tenant_id, outcome, state, now)
                if not outcome.ours:
                    breaker = breaker.after(now, reached=outcome.delivered)
            await repository.update_breaker(session, run.tenant_id, endpoint.id, breaker)
            if endpoint.enabled and any(outcome.status == HTTPStatus.GONE for outcome in outcomes):
                await self._disable(session, run.tenant_id, endpoint, now)
        for outcome in outcomes:
            WEBHOOK_TRIES.labels("delivered" if outcome.delivered else "failed").inc()

    def _state(self, outcome: Outcome) -> DeliveryState:
        if outcome.delivered:
            return DeliveryState.DELIVERED
        last = outcome.delivery.attempts > len(self.pauses)
        return DeliveryState.DEAD if outcome.final or last else DeliveryState.WAITING

    async def _disable(self, session: AsyncSession, tenant_id: UUID, endpoint: EndpointRecord, now: datetime) -> None:
        """The receiver says that it is gone for good."""
        await repository.disable(session, tenant_id, endpoint.id, "HTTP_410", now)
        details = {"endpoint": str(endpoint.id), "reason": "HTTP_410"}
        await insert_entry(session, tenant_id, at=now, actor=SYSTEM, action="webhook_endpoint.disable", details=details)

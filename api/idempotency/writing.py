"""Mutations that may be sent again: the first answer is kept under the key that came with it.

The key is written in the transaction of the change itself, beside its audit entry. So a key that is there says that the
change has happened, and one that is not that it has not, whatever became of the answer. Where the connection is lost at
the commit, the key tells the server itself whether it happened; then the first request still gets its answer.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import BadInputError, CipError
from api.idempotency import repository
from models.database import Database, prove_by

LONGEST_KEY: Final = 200
LARGEST_ANSWER: Final = 256 * 1024
HINT: Final = "A key belongs to one request, whatever becomes of it."


class KeyReusedError(CipError):
    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self) -> None:
        super().__init__("This idempotency key came with another request before.", hint=HINT)


class OutcomeUnknownError(CipError):
    code = "OUTCOME_UNKNOWN"

    def __init__(self) -> None:
        super().__init__(
            "This was done when it was sent before, and its answer was not kept.", hint="Read what it has changed."
        )


class BeingWrittenError(CipError):
    code = "CONFLICT"
    retryable = True

    def __init__(self) -> None:
        super().__init__("The same request was under way at the same time.", hint="Send it again for its answer.")


@dataclass(slots=True)
class Attempt:
    """One request with a key. `written` when its change is about to be committed."""

    tenant_id: UUID
    actor: str
    key: str
    input_hash: bytes
    now: datetime
    written: bool = field(default=False)

    async def note(self, session: AsyncSession, tenant_id: UUID) -> None:
        """In the transaction of the change. Raises BeingWrittenError when the same request came first."""
        if self.written or tenant_id != self.tenant_id:
            return
        new = await repository.insert_write(session, tenant_id, self.actor, self.key, self.input_hash, self.now)
        if not new:
            raise BeingWrittenError
        self.written = True
        prove_by(session, self._is_committed)

    async def _is_committed(self, session: AsyncSession) -> bool:
        """In a transaction that is taken back. Waits for the one in doubt, as long as a request may."""
        await repository.wait_briefly(session)
        return not await repository.insert_write(
            session, self.tenant_id, self.actor, self.key, self.input_hash, self.now
        )


_attempt: ContextVar[Attempt | None] = ContextVar("cip_attempt", default=None)


def begin(attempt: Attempt) -> None:
    """What is changed from here on in this task is this attempt's."""
    _attempt.set(attempt)


def end() -> None:
    _attempt.set(None)


async def note_change(session: AsyncSession, tenant_id: UUID) -> None:
    """Called with every audit entry of something that was done."""
    if (attempt := _attempt.get()) is not None:
        await attempt.note(session, tenant_id)


async def find_answer(database: Database, attempt: Attempt) -> dict[str, Any] | None:
    """The first answer; None when the change has not happened yet."""
    async with database.unit_of_work(attempt.tenant_id) as session:
        found = await repository.find_write(session, attempt.tenant_id, attempt.actor, attempt.key)
    if found is None or attempt.now - found[2] > repository.KEPT:
        return None
    input_hash, answer, _ = found
    if input_hash != attempt.input_hash:
        raise KeyReusedError
    if answer is None:
        raise OutcomeUnknownError
    return answer


async def keep_answer(database: Database, attempt: Attempt, answer: dict[str, Any]) -> None:
    if len(orjson.dumps(answer, default=str)) > LARGEST_ANSWER:
        return
    async with database.unit_of_work(attempt.tenant_id) as session:
        kept: dict[str, Any] = orjson.loads(orjson.dumps(answer, default=str))
        await repository.update_answer(session, attempt.tenant_id, attempt.actor, attempt.key, kept)
        await repository.delete_old(session, attempt.tenant_id, attempt.now)


def check_key(key: str) -> str:
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise BadInputError(f"An idempotency key has 1 to {LONGEST_KEY} characters.", path=("idempotencyKey",))
    return key


def hash_of(document: str, operation_name: str | None, variables: Mapping[str, Any]) -> bytes:
    parts = [document, operation_name, variables]
    return blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=32).digest()

"""Dead letters in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.dead_letters import contracts
from api.dead_letters.contracts import DeadLetterRecord
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement
from api.graphql.scalars import Json


@strawberry.enum(description="What could not be taken in, or could not have its effect.")
class DeadLetterKind(Enum):
    EVENT = "event"
    MESSAGE = "message"


@strawberry.enum(description="Whether somebody has dealt with it.")
class DeadLetterState(Enum):
    WAITING = "waiting"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


@strawberry.enum(description="What became of a replayed dead letter: an event got a verdict, a message is sent again.")
class ReplayOutcome(Enum):
    ACCEPTED = "ACCEPTED"
    DUPLICATE = "DUPLICATE"
    REJECTED = "REJECTED"
    REQUEUED = "REQUEUED"


@strawberry.type(description="An event that was rejected, or a message that failed at every try. Kept for 90 days.")
class DeadLetter:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    id: strawberry.ID
    kind: DeadLetterKind
    state: DeadLetterState
    origin: str = strawberry.field(description="The event's source, or the message's stream.")
    reference: str = strawberry.field(description="The event's or the message's own id.")
    code: str = strawberry.field(description="Why, for programs.")
    path: list[str] = strawberry.field(description="The way to the faulty value.")
    message: str = strawberry.field(description="Why, for people.")
    payload: Json = strawberry.field(description="What a replay sends.")
    attempts: int = strawberry.field(description="How often it came or was tried.")
    created_at: datetime = strawberry.field(description="When it came last.")
    settled_at: datetime | None

    @classmethod
    def of(cls, record: DeadLetterRecord) -> "DeadLetter":
        return cls(
            id=global_id("DeadLetter", record.id),
            kind=DeadLetterKind(record.kind),
            state=DeadLetterState(record.state),
            origin=record.origin,
            reference=record.reference,
            code=record.code,
            path=record.path,
            message=record.message,
            payload=Json(record.payload),
            attempts=record.attempts,
            created_at=record.created_at,
            settled_at=record.settled_at,
        )


@strawberry.type(description="What became of one dead letter at its replay.")
class Replayed:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    id: strawberry.ID
    outcome: ReplayOutcome
    code: str | None = strawberry.field(description="Why it was rejected again, for programs.")
    path: list[str] | None
    message: str | None

    @classmethod
    def of(cls, result: contracts.Replayed) -> "Replayed":
        return cls(
            id=global_id("DeadLetter", result.id),
            outcome=ReplayOutcome(result.outcome.value),
            code=result.code,
            path=None if result.path is None else list(result.path),
            message=result.message,
        )

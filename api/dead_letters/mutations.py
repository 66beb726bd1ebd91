"""Replaying and discarding dead letters."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.dead_letters.contracts import Settled
from api.dead_letters.service import DeadLetters
from api.dead_letters.types import Replayed
from api.errors import BadInputError, ConflictError, NotFoundError
from api.events.service import Ingest
from api.graphql.context import Context, Info
from api.graphql.ids import global_id, key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation

NO_KEY = UUID(int=0)


@strawberry.input(description="1 to 100 dead letters.")
class DeadLetterIdsInput:
    ids: list[strawberry.ID]


@strawberry.type(description="What became of each; ids that are not waiting are named in userErrors.")
class DeadLetterReplayPayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    results: list[Replayed]
    user_errors: list[UserError]


@strawberry.type(description="The ids that were discarded; those that are not waiting are named in userErrors.")
class DeadLetterDiscardPayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    discarded: list[strawberry.ID]
    user_errors: list[UserError]


@strawberry.type
class DeadLetterMutation:
    @mutation(Permission.SETTINGS_MANAGE, "Takes rejected events in again, and sends failed messages again.")
    async def dead_letter_replay(self, info: Info, input: DeadLetterIdsInput) -> DeadLetterReplayPayload:  # noqa: A002
        context = info.context
        try:
            keys = _keys(input.ids)
            done = await _service(context).replay(context.tenant_id, keys, actor=context.principal.actor)
        except BadInputError as error:
            return DeadLetterReplayPayload(results=[], user_errors=[user_error(error)])
        return DeadLetterReplayPayload(
            results=[Replayed.of(result) for result in done.replayed], user_errors=_errors(keys, done)
        )

    @mutation(Permission.SETTINGS_MANAGE, "Gives dead letters up.")
    async def dead_letter_discard(self, info: Info, input: DeadLetterIdsInput) -> DeadLetterDiscardPayload:  # noqa: A002
        context = info.context
        try:
            keys = _keys(input.ids)
            done = await _service(context).discard(context.tenant_id, keys, actor=context.principal.actor)
        except BadInputError as error:
            return DeadLetterDiscardPayload(discarded=[], user_errors=[user_error(error)])
        return DeadLetterDiscardPayload(
            discarded=[global_id("DeadLetter", key) for key in done.discarded], user_errors=_errors(keys, done)
        )


def _keys(ids: Sequence[str]) -> list[UUID]:
    """Another type's id answers like one of no dead letter."""
    return [key_of("DeadLetter", given) or NO_KEY for given in ids]


def _errors(keys: Sequence[UUID], done: Settled) -> list[UserError]:
    found = []
    for index, key in enumerate(keys):
        path = ("ids", str(index))
        if key in done.missing:
            found.append(user_error(NotFoundError("There is no such dead letter.", path=path)))
        elif key in done.closed:
            found.append(user_error(ConflictError("This was replayed or discarded before.", path=path)))
    return found


def _service(context: Context) -> DeadLetters:
    services = context.services
    ingest = Ingest(services.database, services.wake_relay, services.now)
    return DeadLetters(services.database, ingest, services.now)

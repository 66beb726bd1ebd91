"""How one generator serves many subscribers: what its messages are, and what the two sides tell one another."""

import asyncio
from enum import Enum, StrEnum
from uuid import uuid4


class Sharing(StrEnum):
    """What the messages of a subscription are, when all with the same tenant, permissions, document and variables may
    have the same ones. A field that says so promises that its messages depend on nothing else, least of all on the
    person who asks: the shared execution has no account.

    STATES: each message is the whole state. Who joins late gets the latest; who reads slowly gets the newest.
    CHANGES: the whole first, in one or more messages, then what changed since the message before. Who joins late or
    has missed a message needs the whole again, so the generator tells each message's part to the `Feed` of its context.
    """

    STATES = "states"
    CHANGES = "changes"


class Part(Enum):
    WHOLE = "whole"
    END_OF_WHOLE = "end of whole"
    CHANGE = "change"


class Feed:
    """Between one generator of CHANGES and whoever passes its messages on.

    The generator calls `change` or `whole` just before each message, and makes the whole, once it is at a point where
    the changes before and after meet, whenever `wanted`. Messages are taken one at a time, so `part` and `position`
    are those of the message at hand.
    """

    def __init__(self) -> None:
        self.name = uuid4().hex[:12]
        self.wanted = True
        self.part = Part.CHANGE
        self.position = 0
        """How many changes there were."""
        self._wake: asyncio.Event | None = None

    def listen(self, wake: asyncio.Event) -> None:
        """`wake` is set when somebody wants the whole."""
        self._wake = wake

    def want(self) -> None:
        self.wanted = True
        if self._wake is not None:
            self._wake.set()

    def change(self) -> str:
        """The cursor behind this change: what came after it can be asked for by it."""
        self.part = Part.CHANGE
        self.position += 1
        return self._cursor()

    def whole(self, *, last: bool) -> str | None:
        """The cursor behind the whole; None before its last message, where nobody can go on from."""
        self.part = Part.END_OF_WHOLE if last else Part.WHOLE
        if not last:
            return None
        self.wanted = False
        return self._cursor()

    def position_of(self, cursor: str) -> int | None:
        """None for the cursor of another feed, and for anything that is none."""
        name, _, position = cursor.partition(".")
        if name != self.name or not (position.isascii() and position.isdigit() and len(position) < len(str(2**63))):
            return None
        return int(position)

    def _cursor(self) -> str:
        return f"{self.name}.{self.position}"

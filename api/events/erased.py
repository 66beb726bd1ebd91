"""Who was erased is refused from then on: found by keyed hashes, since nothing readable of them is kept. Pure."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final

from api.events.contracts import MalformedEvent, SentEvent, Verdict, VerdictStatus

SUBJECT_ERASED: Final = "SUBJECT_ERASED"
MESSAGE: Final = "This is of a person who was erased. It was not kept."
DEEPEST: Final = 20
BYTES: Final = 16


def fingerprint(salt: bytes, kind: str, *parts: str) -> bytes:
    """`kind` is `customer`, with the sender's own id, or `conversation`, with its source and the sender's own id."""
    return blake2b("\0".join((kind, *parts)).encode(errors="replace"), key=salt, digest_size=BYTES).digest()


def fingerprints(salt: bytes, event: SentEvent) -> set[bytes]:
    """Of everybody the event could be of. What could not be read is searched for any text that names somebody."""
    if isinstance(event, MalformedEvent):
        return {fingerprint(salt, "customer", text) for text in texts(event.payload)}
    found = set()
    if event.customer is not None:
        found.add(fingerprint(salt, "customer", event.customer.external_id))
    conversation = event.properties.get("conversationId")
    if isinstance(conversation, str):
        found.add(fingerprint(salt, "conversation", event.source, conversation))
    return found


def refuse(index: int, event: SentEvent) -> Verdict:
    path = None if isinstance(event, MalformedEvent) else ("customer", "externalId")
    return Verdict(index, event.message_id, VerdictStatus.REJECTED, SUBJECT_ERASED, path, MESSAGE)


def texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Whole numbers too, as the text they would be as an id."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int):
        yield str(value)
    elif depth < DEEPEST:
        parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
        for part in parts:
            yield from texts(part, depth + 1)

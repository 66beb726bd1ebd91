"""A stream that nobody reads does not grow: the oldest entries go, and come again from the outbox."""

from typing import Any

import pytest

from api.streams import keys, stream
from api.streams.connection import connect_blocking
from api.streams.topics import Topic
from models.base import new_id
from tests.support.services import redis_client, redis_url

LENGTH = 200
SENT = 2_000
A_NODE = 100
"""Redis cuts whole nodes off, which hold so many entries."""


async def test_a_stream_keeps_the_newest_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAXIMUM_LENGTH", LENGTH)
    commands, blocking, tenant_id = redis_client(), connect_blocking(redis_url()), new_id()
    key = keys.stream(keys.shard_of(tenant_id), Topic.JOURNEY_MAPPING)
    try:
        await commands.delete(key)
        sending = stream.Stream(commands, blocking, "test")
        ids = [new_id() for _ in range(SENT)]
        for message_id in ids:
            await sending.add(Topic.JOURNEY_MAPPING, tenant_id, message_id, {})
        entries: Any = await commands.xrange(key)
        kept = [fields["id"] for _, fields in entries]
        assert LENGTH <= len(kept) <= LENGTH + A_NODE
        assert kept == [one.hex for one in ids[-len(kept) :]]
    finally:
        await commands.delete(key)
        await commands.aclose()
        await blocking.aclose()

"""The one builder of names in Redis. The braces are Redis Cluster's hash tag."""

from typing import Final
from uuid import UUID
from zlib import crc32

SHARDS: Final = 4
"""How many streams share the tenants of one topic. Changing it strands entries until the reconcile loop finds them."""

PULSE: Final = "cip:{pulse}:pulse"
"""Written to see whether Redis can be written to; it belongs to no tenant and says nothing."""


def channel(tenant_id: UUID, name: str) -> str:
    return f"cip:{{{_tenant(tenant_id)}}}:channel:{name}"


def channels_of_all_tenants(name: str) -> str:
    """A pattern for a listener that only wakes others up and reads no data."""
    return f"cip:{{*}}:channel:{name}"


def tenant_of(key: str) -> UUID:
    return UUID(key.split("{", 1)[1].split("}", 1)[0])


def name_of(key: str) -> str:
    return key.rsplit(":", 1)[1]


def stream(shard: int, name: str) -> str:
    """A sharded stream: its entries carry the tenant, which the consumer binds before it touches anything."""
    return f"cip:{{shard-{shard}}}:stream:{name}"


def cached_answer(tenant_id: UUID, key: bytes) -> str:
    return f"cip:{{{_tenant(tenant_id)}}}:cache:answer:{key.hex()}"


def cached_answers(tenant_id: UUID) -> str:
    """A pattern for all of one tenant's."""
    return f"cip:{{{_tenant(tenant_id)}}}:cache:answer:*"


def cache_generation(tenant_id: UUID, tag: str) -> str:
    return f"cip:{{{_tenant(tenant_id)}}}:cache:generation:{tag}"


def bucket(tenant_id: UUID, owner: str) -> str:
    """Of points: `owner` is an account, a key, or the tenant as a whole. One script takes from several of a tenant."""
    return f"cip:{{{_tenant(tenant_id)}}}:bucket:{owner}"


def login_bucket(digest: str) -> str:
    """Of tries to log in. No tenant is known yet: `digest` hides the name or the address that is tried."""
    return f"cip:{{login}}:bucket:{digest}"


def shard_of(tenant_id: UUID) -> int:
    return crc32(_tenant(tenant_id).encode()) % SHARDS


def _tenant(tenant_id: UUID) -> str:
    if not isinstance(tenant_id, UUID):
        raise TypeError("a key in Redis needs the tenant's id")
    return tenant_id.hex

"""Everything that comes to light while one tenant is crawled, and the signs of another one in it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
import orjson

from api.exports.contracts import NEEDS
from api.graphql.ids import global_id
from api.http.exports import FORMATS
from api.schema import NODES, make_schema
from api.streams.connection import connect_cache
from models.database import Database
from tests.isolation.crawl import Crawler
from tests.isolation.root_fields import RANGE, ROOT_FIELDS, with_ids
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.objects import OUTSIDE_NODE, every_key
from tests.support.services import redis_url
from tests.support.world import TestTenant

NAME: Final = re.compile(r"cip:\{([^{}]+)\}:[a-z]+(:.+)?")
OF_A_TENANT: Final = re.compile(r"[0-9a-f]{32}")
OF_NO_TENANT: Final = re.compile(r"pulse|login|shard-\d+")
"""Names in Redis that all tenants share: they hold ids at most, and no text of anybody."""
EXPORTED: Final = {"metric": "revenue", "preset": RANGE["preset"]}

schema = make_schema()._schema


@dataclass(slots=True)
class Sightings:
    """(place, text): what was seen, and where."""

    seen: list[tuple[str, str]] = field(default_factory=list)

    def add(self, place: str, text: str) -> None:
        self.seen.append((place, text))

    def of(self, signs: Iterable[str]) -> list[str]:
        """A line for each place that shows one of the signs."""
        wanted = sorted(signs)
        found = []
        for place, text in self.seen:
            sign = next((sign for sign in wanted if sign in text), None)
            if sign is not None:
                found.append(f"{place}: {sign}")
        return found


async def signs_of(database: Database, tenant: TestTenant) -> set[str]:
    """Whatever would give the tenant away: its word, its slug, its ids plain and as the API writes them."""
    keys = await every_key(database, tenant)
    encoded = {str(global_id(type_name, UUID(key))) for type_name in (*NODES, *OUTSIDE_NODE) for key in keys}
    return {tenant.canary, tenant.slug, *keys, *(UUID(key).hex for key in keys), *encoded}


AT_ONCE: Final = 40
IN_PARTS: Final = frozenset({"customers", "events"})
"""They are asked for in small documents too: what is never kept shall not hide what the cache keeps."""


async def crawl_fields(
    url: str,
    caller: Api,
    other: Api,
    ids: dict[str, str],
    sightings: Sightings,
    *roots: str,
    just_before: Api | None = None,
    only: frozenset[str] | None = None,
) -> None:
    """Whatever the fields of these roots answer, or `only` some of them. While a subscription is followed, the other
    tenant follows it too. `just_before` asks each small document right before: what is kept is kept for seconds."""
    for (root, name), listed in ROOT_FIELDS.items():
        if root not in roots or name == "node":  # each type is met in another field, too; test_root_fields asks by id
            continue
        if only is not None and name not in only:
            continue
        variables = with_ids(listed.variables, ids)
        crawler = Crawler(schema)
        small = just_before is not None and name in IN_PARTS
        parts = [document for _, document in crawler.documents(root, name, AT_ONCE)] if small else []
        for document in (*parts, crawler.document(root, name)):
            if root == "Subscription":
                answer = await _follow(url, caller, other, document, variables)
            else:
                if just_before is not None and document in parts:
                    await just_before.post(document, variables)
                answer = (await caller.post(document, variables)).text
            sightings.add(f"{root}.{name}", answer)


async def _follow(url: str, caller: Api, other: Api, document: str, variables: dict[str, Any]) -> str:
    async with open_socket(url) as theirs, open_socket(url) as frames:
        await theirs.init(other.token)
        await theirs.first(document, variables)
        await frames.init(caller.token)
        return orjson.dumps(await frames.first(document, variables)).decode()


async def crawl_exports(http: httpx.AsyncClient, caller: Api, sightings: Sightings) -> dict[str, set[int]]:
    """Each list in each format. The statuses by list."""
    statuses: dict[str, set[int]] = {}
    headers = {} if caller.token is None else {"authorization": f"Bearer {caller.token}"}
    for name in NEEDS:
        for extension in FORMATS:
            asked = EXPORTED if name == "metric_series" else {}
            answer = await http.get(f"/exports/{name}.{extension}", params=asked, headers=headers)
            statuses.setdefault(name, set()).add(answer.status_code)
            sightings.add(f"export {name}.{extension}", f"{answer.headers.multi_items()}{answer.text}")
    return statuses


async def redis_faults(tenants: dict[TestTenant, set[str]]) -> list[str]:
    """Each name in Redis and what is kept under it, held against whose it is."""
    found = []
    kept = await _kept()
    for name, value in sorted(kept.items()):
        owner = NAME.fullmatch(name)
        if owner is None:
            found.append(f"{name}: is not made by the builder of names")
            continue
        mine = [tenant for tenant in tenants if tenant.id.hex == owner.group(1)]
        if not mine and not OF_NO_TENANT.fullmatch(owner.group(1)):
            found.append(f"{name}: is of no tenant")
        foreign = (
            {sign for tenant, signs in tenants.items() if tenant not in mine for sign in signs}
            if mine
            else {tenant.canary for tenant in tenants}
        )
        found += [f"{name}: {sign}" for sign in sorted(foreign) if sign in value or sign in name]
    return found


async def _kept() -> dict[str, str]:
    redis = connect_cache(redis_url())
    readers: dict[Any, Callable[[Any], Any]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"list": lambda name: redis.lrange(name, 0, -1),
        b"zset": lambda name: redis.zrange(name, 0, -1),
        b"stream": redis.xrange,
    }
    kept: dict[str, str] = {}
    try:
        async for name in redis.scan_iter(count=1000):
            kind = await redis.type(name)
            if kind != b"none":  # it has just come to its end
                kept[name.decode()] = str(await readers[kind](name))
    finally:
        await redis.aclose()
    return kept

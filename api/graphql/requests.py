"""What a request's body asks for: worked out once for the same bytes, since pages ask the same again and again."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from api.auth.principal import Principal
from api.cache.answers import Asked
from api.cache.freshness import Freshness
from api.cache.key import answer_key
from api.graphql.operation import CipSchema
from api.graphql.permissions import Requirement, refusal

KEPT_BODIES: Final = 512
LARGEST_KEPT: Final = 16 * 1024
KEPT_KEYS: Final = 256
"""For each body: of as many tenants, or people."""


@dataclass(slots=True)
class _Request:
    document: bytes
    name: str | None
    variables: dict[str, Any]
    freshness: Freshness
    needs: frozenset[Requirement]
    keys: dict[tuple[UUID, str | None, frozenset[str]], bytes] = field(default_factory=dict)


class _Parts(NamedTuple):
    query: str
    name: str | None
    variables: dict[str, Any]
    extended: bool
    """By anything that could change the answer: `extensions`."""


def _parts(body: bytes) -> _Parts | None:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    match given:
        case {"query": str(query)}:
            name, variables = given.get("operationName"), given.get("variables")
        case _:
            return None
    if not isinstance(name, str | None) or not isinstance(variables, dict | None):
        return None
    return _Parts(query, name, variables or {}, bool(given.get("extensions")))


class Requests:
    def __init__(self, schema: CipSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[bytes, _Request] = OrderedDict()

    def asked(self, body: bytes, principal: Principal) -> Asked | None:
        """None for what is never answered from the cache, or not to this principal."""
        request = self._request(body)
        if request is None or refusal(principal, request.needs) is not None:
            return None
        user = principal.account_id.hex
        held = request.freshness.looks_at & principal.permissions
        of = (principal.tenant_id, _whose(request.freshness, principal), held)
        key = request.keys.get(of)
        if key is None:
            key = self._key(request, *of)
            if key is None:
                return None
            if len(request.keys) >= KEPT_KEYS:
                request.keys.clear()
            request.keys[of] = key
        return Asked(principal.tenant_id, user, key, request.freshness, request.document)

    def read(self, body: bytes) -> bytes | None:
        """The digest of the document, if it is a query that can be run; None for a mutation."""
        asked = _parts(body)
        decision = None if asked is None else self._schema.freshnesses.of(asked.query, asked.name)
        return decision.document if decision is not None and decision.reads else None

    def _request(self, body: bytes) -> _Request | None:
        """Only what may be cached is kept: a mutation's variables can hold secrets."""
        if body in self._kept:
            self._kept.move_to_end(body)
            return self._kept[body]
        request = self._read(body)
        if request is not None and len(body) <= LARGEST_KEPT:
            self._kept[body] = request
            if len(self._kept) > KEPT_BODIES:
                self._kept.popitem(last=False)
        return request

    def _read(self, body: bytes) -> _Request | None:
        asked = _parts(body)
        if asked is None or asked.extended:
            return None
        document, freshness, needs, _ = self._schema.freshnesses.of(asked.query, asked.name)
        return None if freshness is None else _Request(document, asked.name, asked.variables, freshness, needs)

    def _key(self, request: _Request, tenant_id: UUID, whose: str | None, held: frozenset[str]) -> bytes | None:
        try:
            return answer_key(
                schema=self._schema.digest,
                tenant_id=tenant_id,
                permissions=request.needs | held,
                user=whose,
                document=request.document,
                operation_name=request.name,
                variables=request.variables,
            )
        except orjson.JSONEncodeError:
            return None  # nested deeper than it can be written again


def _whose(freshness: Freshness, principal: Principal) -> str | None:
    """Everything of the caller that can be in the answer, so that no answer shows a name or a role of before."""
    if freshness.per_user:
        return "\0".join((principal.account_id.hex, principal.role.value, principal.name, principal.display_name))
    return principal.role.value if freshness.per_role else None

"""Access tokens that were not issued by this server, for this use, for an open session: refused, all alike."""

import base64
import hmac
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from api.app import Server
from tests.support.client import Api
from tests.support.world import NOW, TestTenant

ME: Final = "{ me { name } }"
Claims = dict[str, Any]
Forge = Callable[[ECKey, Claims], str]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _signed(key: ECKey, claims: Claims, **header: str) -> str:
    return jwt.encode({"alg": "ES256", "kid": str(key.kid), **header}, claims, key, algorithms=["ES256"])


def _with(**changes: object) -> Forge:
    return lambda key, claims: _signed(key, {**claims, **changes})


def _without(name: str) -> Forge:
    return lambda key, claims: _signed(key, {given: value for given, value in claims.items() if given != name})


def _unsigned(key: ECKey, claims: Claims) -> str:
    return f"{_b64(orjson.dumps({'alg': 'none', 'kid': key.kid}))}.{_b64(orjson.dumps(claims))}."


def _public_key_as_secret(key: ECKey, claims: Claims) -> str:
    head = f"{_b64(orjson.dumps({'alg': 'HS256', 'kid': key.kid}))}.{_b64(orjson.dumps(claims))}"
    return f"{head}.{_b64(hmac.digest(key.as_pem(private=False), head.encode(), sha256))}"


def _of_another_key(key: ECKey, claims: Claims) -> str:
    return _signed(ECKey.generate_key("P-256"), claims, kid=str(key.kid))


def _without_kid(key: ECKey, claims: Claims) -> str:
    return jwt.encode({"alg": "ES256"}, claims, key, algorithms=["ES256"])


def _tampered(key: ECKey, claims: Claims) -> str:
    head, _, signature = _signed(key, claims).split(".")
    return f"{head}.{_b64(orjson.dumps({**claims, 'role': 'admin'}))}.{signature}"


def _cut(key: ECKey, claims: Claims) -> str:
    return _signed(key, claims).rpartition(".")[0]


FORGED: Final[dict[str, Forge]] = {
    "no algorithm": _unsigned,
    "the public key used as a secret": _public_key_as_secret,
    "another key": _of_another_key,
    "no key id": _without_kid,
    "another key id": lambda key, claims: _signed(key, claims, kid="other"),
    "another issuer": _with(iss="elsewhere"),
    "no issuer": _without("iss"),
    "another audience": _with(aud="elsewhere"),
    "no audience": _without("aud"),
    "expired this second": _with(exp=int(NOW.timestamp())),
    "long expired": _with(exp=1),
    "no expiry": _without("exp"),
    "an expiry that is no number": _with(exp="tomorrow"),
    "not valid yet": _with(nbf=int((NOW + timedelta(minutes=1)).timestamp())),
    "no session": _without("sid"),
    "a session that never was": _with(sid=str(uuid4())),
    "a session that is no id": _with(sid="1"),
    "a session that is a list": _with(sid=[]),
    "no tenant": _without("tenant"),
    "no account": _without("sub"),
    "a tampered role": _tampered,
    "no signature": _cut,
}


@pytest.fixture
async def viewer(api: Api, acme: TestTenant) -> Api:
    return await api.login("acme", "viewer")


@pytest.fixture
def claims(viewer: Api, server: Server) -> Claims:
    assert viewer.token is not None
    found: Claims = jwt.decode(viewer.token, server.keys.signing, algorithms=["ES256"]).claims
    return found


async def test_a_forged_token_is_refused_whatever_is_wrong_with_it(viewer: Api, server: Server, claims: Claims) -> None:
    accepted = {}
    for name, forge in FORGED.items():
        code = await _answer(viewer, forge(server.keys.signing, claims))
        if code != "UNAUTHENTICATED":
            accepted[name] = code
    assert accepted == {}
    assert await _answer(viewer, _signed(server.keys.signing, claims)) == "viewer"


async def test_a_session_is_of_no_use_under_another_tenant(
    viewer: Api, server: Server, claims: Claims, globex: TestTenant
) -> None:
    assert await _answer(viewer, _with(tenant=str(globex.id))(server.keys.signing, claims)) == "UNAUTHENTICATED"


async def test_a_role_written_into_a_token_grants_nothing(viewer: Api, server: Server, claims: Claims) -> None:
    powerful = Api(viewer.http, _with(role="admin")(server.keys.signing, claims))
    assert (await powerful.data("{ me { role } }"))["me"]["role"] == "VIEWER"


async def test_other_authorization_headers_are_refused(viewer: Api) -> None:
    for header in (b"", b"Bearer", b"Bearer ", b"Bearer x", b"Basic dmlld2VyOng=", b"bearer a.b.c", b"\xe9"):
        answer = await viewer.http.post("/graphql", json={"query": ME}, headers={b"authorization": header})
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", header


async def _answer(viewer: Api, token: str) -> str:
    answer = await Api(viewer.http, token).answer(ME)
    if "errors" not in answer:
        return str(answer["data"]["me"]["name"])
    [error] = answer["errors"]
    return str(error["extensions"]["code"])

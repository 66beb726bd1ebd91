"""The secret of the servers is changed one server after the other, and no request fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from api.app import Server
from api.auth import cookies
from api.auth.keys import Keys
from api.auth.tokens import SessionRef
from api.graphql.ids import parse_global_id
from api.settings import Settings
from api.webhooks.sealing import seal, unseal_with
from models.base import new_id
from tests.support.client import Api
from tests.support.world import TestTenant, clock

OLD: Final = "the secret that the servers have had until now"
NEW: Final = "the secret that the servers will have from now on"
PAGE: Final = """query Page($after: String) { me { name }
  customers(first: 1, after: $after) { pageInfo { endCursor } nodes { externalId } } }"""


@asynccontextmanager
async def serving(settings: Settings, secret: str, accepted: str | None) -> AsyncIterator[httpx.AsyncClient]:
    own = {"jwt_secret_key": SecretStr(secret), "jwt_secret_key_accepted": accepted and SecretStr(accepted)}
    server = Server(settings.model_copy(update=own), now=clock, patience=60)
    async with server.running():
        transport = httpx.ASGITransport(Starlette(routes=server.routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            yield http


async def test_a_token_and_a_cursor_are_good_on_each_server_while_the_secret_is_changed(
    settings: Settings, acme: TestTenant
) -> None:
    async with (
        serving(settings, OLD, NEW) as before,
        serving(settings, NEW, OLD) as after,
        serving(settings, NEW, None) as done,
    ):
        for first, second in ((before, after), (after, before)):
            caller = await Api(first).login("acme", "viewer")
            cursor = (await caller.data(PAGE))["customers"]["pageInfo"]["endCursor"]
            page = await Api(second, caller.token).data(PAGE, {"after": cursor})
            assert page["me"]["name"] == "viewer"
            assert [node["externalId"] for node in page["customers"]["nodes"]] == [f"{acme.canary}-c1"]
        old = await Api(before).login("acme", "viewer")
        assert await Api(done, old.token).error_code("{ me { name } }") == "UNAUTHENTICATED"


async def test_a_cookie_is_good_on_each_server_while_the_secret_is_changed(
    settings: Settings, acme: TestTenant
) -> None:
    async with serving(settings, OLD, None) as before, serving(settings, NEW, OLD) as after:
        caller = await Api(before).login("acme", "viewer")
        session = (await caller.data("{ sessions(first: 1) { nodes { id } } }"))["sessions"]["nodes"][0]["id"]

        sealed = cookies.seal(Keys.derive(OLD).cookie, SessionRef(acme.id, parse_global_id(session)[1]))
        headers = {"origin": "http://testserver", "cookie": f"{cookies.NAME}={sealed}"}
        answer = await after.post("/graphql", json={"query": "{ me { name } }"}, headers=headers)
        assert answer.json() == {"data": {"me": {"name": "viewer"}}}


def test_what_was_sealed_under_the_accepted_secret_is_read() -> None:
    keys, row = Keys.derive(NEW, OLD), (new_id(), new_id())
    sealed = seal(Keys.derive(OLD).webhooks, *row, b"secret")
    assert unseal_with([one.webhooks for one in keys.all], *row, sealed) == b"secret"

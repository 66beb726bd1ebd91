"""Who asks is what the session says. Nothing else that a browser or a program sends changes it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from api.app import Server
from api.auth import cookies
from api.auth.keys import Keys
from api.auth.tokens import SessionRef
from models.base import new_id
from models.database import Database
from tests.isolation.conftest import TwoWorlds
from tests.support.client import Api
from tests.support.objects import object_ids, other_ids
from tests.support.world import PASSWORD, TestTenant
from ui.app import create_ui

HERE: Final = {"origin": "http://testserver"}
WHO: Final = "{ me { name role permissions } tenant { slug } customers(first: 50) { nodes { name } } }"


@pytest.fixture
async def browser(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """The whole product, pages included; logged in as the viewer of acme."""
    routes = server.routes()
    pages = create_ui(httpx.ASGITransport(Starlette(routes=routes)), "http://testserver", ())
    await pages.startup()
    transport = httpx.ASGITransport(Starlette(routes=[*routes, Mount("/", app=pages.asgi)]), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=HERE) as http:
        yield http
    await pages.client.close()


async def _log_in(browser: httpx.AsyncClient, tenant: str, name: str) -> str:
    """The cookie's value."""
    await browser.post("/login", data={"tenant": tenant, "username": name, "password": PASSWORD})
    value: str = browser.cookies[cookies.NAME]
    return value


async def _who(browser: httpx.AsyncClient, headers: dict[str, str] | None = None, **more: Any) -> str:
    answer = await browser.post("/graphql", json={"query": WHO, **more}, headers=headers)
    return answer.text


async def test_forged_headers_and_bodies_change_nothing(browser: httpx.AsyncClient, two_worlds: TwoWorlds) -> None:
    acme, globex = two_worlds
    await _log_in(browser, "acme", "viewer")
    before = await _who(browser)
    assert acme.canary in before
    for header in ("x-tenant", "x-tenant-id", "x-user", "x-role", "x-forwarded-user", "x-remote-user", "x-account-id"):
        for value in (globex.slug, str(globex.id), globex.id.hex, "admin"):
            assert await _who(browser, {header: value}) == before, header
    for name in ("tenantId", "tenant", "role", "account", "principal", "context"):
        forged = {name: str(globex.id)}
        assert await _who(browser, None, extensions=forged, variables=forged) == before
        body = {"query": WHO, name: str(globex.id)}
        assert (await browser.post("/graphql", json=body)).text == before


async def test_a_forged_cookie_is_nobody(
    browser: httpx.AsyncClient, two_worlds: TwoWorlds, server: Server, database: Database
) -> None:
    acme, globex = two_worlds
    theirs = await _log_in(browser, "globex", "admin")
    mine = await _log_in(browser, "acme", "viewer")
    tenant, session, seal = mine.split(".")
    _, their_session, their_seal = theirs.split(".")
    false_key = Keys.derive("somebody else's secret, as long as ours").cookie
    ref = SessionRef(globex.id, new_id())
    forged = [
        f"{globex.id.hex}.{session}.{seal}",
        f"{globex.id.hex}.{their_session}.{seal}",
        f"{tenant}.{their_session}.{seal}",
        f"{tenant}.{session}.{their_seal}",
        cookies.seal(false_key, ref),
        cookies.seal(server.keys.cookie, ref),
        cookies.seal(server.keys.cookie, SessionRef(acme.id, ref.session_id)),
    ]
    browser.cookies.clear()
    for value in forged:
        answer = await _who(browser, {"cookie": f"{cookies.NAME}={value}"})
        assert '"UNAUTHENTICATED"' in answer, value
        assert not [tenant for tenant in two_worlds if tenant.canary in answer]


async def test_callbacks_of_the_pages_show_nothing_of_another_tenant_whatever_state_is_forged(
    browser: httpx.AsyncClient, two_worlds: TwoWorlds, database: Database
) -> None:
    """Each callback of each page is sent the other tenant's ids as every input and state that it takes."""
    acme, globex = two_worlds
    await _log_in(browser, "acme", "viewer")
    ids = {**await object_ids(database, globex), **await other_ids(database, globex)}
    callbacks = [one for one in (await browser.get("/_dash-dependencies")).json() if not one.get("clientside_function")]
    assert len(callbacks) >= 5
    answered = 0
    for callback in callbacks:
        for value in _forged(globex, ids):
            answer = await browser.post("/_dash-update-component", json=_call(callback, value))
            answered += answer.status_code in {200, 204}
            assert globex.canary not in answer.text, (callback["output"], value)
    assert answered > 0
    own = await object_ids(database, acme)
    [profile] = [one for one in callbacks if "customer-body.children" in one["output"]]
    shown = await browser.post("/_dash-update-component", json=_call(profile, own["Customer"]))
    assert acme.canary in shown.text


def _forged(tenant: TestTenant, ids: dict[str, str]) -> Iterator[object]:
    yield from ids.values()
    yield from (f"/customers/{ids['Customer']}", f"?tenant={tenant.slug}", tenant.slug, str(tenant.id))
    yield {"tenant": tenant.slug, "tenantId": str(tenant.id), "role": "admin", "events": ids["Event"]}


def _call(callback: dict[str, Any], value: object) -> dict[str, Any]:
    inputs, state = ([{**part, "value": value} for part in callback[name]] for name in ("inputs", "state"))
    names = callback["output"].strip(".").split("...")
    outputs = [{"id": name.rpartition(".")[0], "property": name.rpartition(".")[2]} for name in names]
    return {
        "output": callback["output"],
        "outputs": outputs if callback["output"].startswith("..") else outputs[0],
        "inputs": inputs,
        "state": state,
        "changedPropIds": [f"{part['id']}.{part['property']}" for part in inputs[:1]],
    }


async def test_the_api_takes_a_token_for_no_other_tenant(api: Api, two_worlds: TwoWorlds) -> None:
    acme, globex = two_worlds
    viewer = await api.login("acme", "viewer")
    for header in ({"x-tenant-id": str(globex.id)}, {"cookie": f"tenant={globex.slug}"}):
        headers = {"authorization": f"Bearer {viewer.token}", **header}
        answer = await viewer.http.post("/graphql", json={"query": WHO}, headers=headers)
        assert acme.canary in answer.text
        assert globex.canary not in answer.text

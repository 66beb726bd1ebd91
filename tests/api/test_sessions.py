"""The browser's way in: plain forms, an HttpOnly cookie, and no page of another site."""

from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from api.accounts.contracts import NewAccount
from api.accounts.service import create_account_with_link
from api.app import Server
from api.auth.permissions import Role
from api.http.sessions import local_path
from api.settings import Settings
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import NOW, PASSWORD, TestTenant, clock

HERE: Final = {"origin": "http://testserver"}
ME: Final = "{ me { name } }"
NEW_PASSWORD: Final = "a new one, long enough"
GOOD: Final = {"tenant": "acme", "username": "viewer", "password": PASSWORD}
FOREIGN_ORIGINS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"origin": "null"},
    {"origin": "http://evil.example"},
    {"origin": "http://testserver.evil.example"},
    {"origin": "http://testserver:81"},
    {"origin": "http://evil.example/http://testserver"},
    {"origin": "http://testserver@evil.example"},
    {"origin": "testserver"},
    {"origin": ""},
)


async def _log_in(http: httpx.AsyncClient, **form: str) -> httpx.Response:
    return await http.post("/login", data={**GOOD, **form}, headers=HERE)


async def _whoami(http: httpx.AsyncClient, headers: dict[str, str]) -> str:
    """By the cookie alone."""
    answer = (await http.post("/graphql", json={"query": ME}, headers=headers)).json()
    return str(answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]["me"]["name"])


async def test_the_form_sets_a_cookie_that_scripts_cannot_read(api: Api, acme: TestTenant) -> None:
    answer = await _log_in(api.http)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith("cip_session=")
    assert sorted(attributes) == ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=lax"]
    assert await _whoami(api.http, HERE) == "viewer"


async def test_over_https_the_cookie_is_secure_and_bound_to_the_host(
    settings: Settings, database: Database, acme: TestTenant
) -> None:
    server = Server(settings.model_copy(update={"public_url": "https://cip.example.org"}), now=clock)
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with server.running(), httpx.AsyncClient(transport=transport, base_url="https://cip.example.org") as http:
        answer = await http.post("/login", data=GOOD, headers={"origin": "https://cip.example.org"})
        name, *attributes = answer.headers["set-cookie"].split("; ")
        assert name.startswith("__Host-cip_session=")
        assert sorted(attributes) == ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=lax", "Secure"]
        assert await _whoami(http, {"origin": "https://cip.example.org"}) == "viewer"


async def test_wrong_credentials_lead_back_to_the_form_and_set_no_cookie(api: Api, acme: TestTenant) -> None:
    for wrong in ({"password": "wrong"}, {"username": "nobody"}, {"tenant": "nowhere"}):
        answer = await _log_in(api.http, **wrong, next="/customers")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?error=credentials&next=%2Fcustomers")
        assert "set-cookie" not in answer.headers
    empty = await api.http.post("/login", headers=HERE)
    assert empty.headers["location"] == "/login?error=credentials"


LOCAL: Final = ("/", "/customers", "/customers?search=a&first=1", "/a//b", "/é", "/http://x")
ELSEWHERE: Final = (
    "", "https://evil.example", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example",
    "\\\\evil.example", "\\/evil.example", "/\\/evil.example", "/\t/evil.example", "/\n/evil.example", "customers",
    " //evil.example", "javascript:alert(1)", "http:/evil.example", "/customers\r\nset-cookie: a=b",
)  # fmt: skip


def test_after_a_login_only_paths_of_this_host_are_gone_to() -> None:
    assert [local_path(target) for target in LOCAL] == list(LOCAL)
    assert {local_path(target) for target in ELSEWHERE} == {"/"}


async def test_the_form_leads_on_to_a_path_and_to_no_other_host(api: Api, acme: TestTenant) -> None:
    assert (await _log_in(api.http, next="/customers?first=1")).headers["location"] == "/customers?first=1"
    assert (await _log_in(api.http, next="///evil.example")).headers["location"] == "/"


async def test_forms_of_other_sites_are_refused(api: Api, acme: TestTenant) -> None:
    for origin in FOREIGN_ORIGINS:
        for path in ("/login", "/logout", "/setup"):
            answer = await api.http.post(path, data=GOOD, headers=origin)
            assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), (path, origin)


async def test_a_cookie_counts_only_when_a_page_of_ours_sends_it(api: Api, acme: TestTenant) -> None:
    await _log_in(api.http)
    for origin in FOREIGN_ORIGINS:
        assert await _whoami(api.http, origin) == "UNAUTHENTICATED", origin
    assert await _whoami(api.http, HERE) == "viewer"


async def test_a_bad_token_is_not_made_good_by_a_cookie(api: Api, acme: TestTenant) -> None:
    await _log_in(api.http)
    assert await _whoami(api.http, {**HERE, "authorization": "Bearer x"}) == "UNAUTHENTICATED"


async def test_the_form_logs_out_the_session_and_clears_the_cookie(api: Api, acme: TestTenant) -> None:
    await _log_in(api.http)
    stolen = {**HERE, "cookie": f"cip_session={api.http.cookies['cip_session']}"}
    assert await _whoami(api.http, stolen) == "viewer"
    answer = await api.http.post("/logout", headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert dict(api.http.cookies) == {}
    assert await _whoami(api.http, stolen) == "UNAUTHENTICATED"


async def test_logging_out_by_the_mutation_ends_the_cookie_too(api: Api, acme: TestTenant) -> None:
    await _log_in(api.http)
    await api.http.post("/graphql", json={"query": "mutation { logout { userErrors { code } } }"}, headers=HERE)
    assert await _whoami(api.http, HERE) == "UNAUTHENTICATED"


async def test_a_form_too_large_is_refused(api: Api, acme: TestTenant) -> None:
    assert (await _log_in(api.http, password="x" * 20_000)).status_code == 413


@pytest.fixture
async def link(database: Database, acme: TestTenant) -> str:
    async with database.unit_of_work(acme.id) as session:
        return await create_account_with_link(session, acme.id, NewAccount("invited", "Invited", Role.ADMIN), NOW)


async def _set_up(http: httpx.AsyncClient, token: str, password: str = NEW_PASSWORD) -> tuple[str, str | None]:
    """Where it leads, and the error it says."""
    answer = await http.post("/setup", data={"token": token, "password": password}, headers=HERE)
    location = urlsplit(answer.headers["location"])
    return location.path, dict(parse_qsl(location.query)).get("error")


async def test_a_setup_link_sets_a_password_once(api: Api, link: str, acme: TestTenant, database: Database) -> None:
    assert await _set_up(api.http, link) == ("/login", None)
    assert (await (await api.login("acme", "invited", NEW_PASSWORD)).data(ME))["me"]["name"] == "invited"
    assert await _set_up(api.http, link, "yet another, long enough") == ("/setup", "token")
    await api.login("acme", "invited", NEW_PASSWORD)
    done = [entry for entry in await entries(database, acme) if entry.action == "account.set_password"]
    assert [(entry.actor.partition(":")[0], entry.outcome) for entry in done] == [("setup-link", "done")]


async def test_a_weak_password_leaves_the_link_good(api: Api, link: str) -> None:
    assert await _set_up(api.http, link, "short") == ("/setup", "password")
    assert await _set_up(api.http, link) == ("/login", None)


async def test_wrong_links_are_refused(api: Api, link: str, globex: TestTenant) -> None:
    tenant, key, secret = link.split(".")
    wrong = (
        "", "..", "x.y.z", f"{tenant}.{key}", f"{link}.x",
        f"{link}x", f"{tenant}.{key}.", f"{globex.id.hex}.{key}.{secret}", f"{link}\0",
    )  # fmt: skip
    for token in wrong:
        assert await _set_up(api.http, token) == ("/setup", "token"), token
    assert await _set_up(api.http, link) == ("/login", None)


async def test_a_setup_link_is_good_for_two_days(api: Api, database: Database, acme: TestTenant) -> None:
    for name, age, expected in (
        ("early", timedelta(hours=48) - timedelta(seconds=1), ("/login", None)),
        ("late", timedelta(hours=48), ("/setup", "token")),
    ):
        async with database.unit_of_work(acme.id) as session:
            token = await create_account_with_link(session, acme.id, NewAccount(name, name, Role.VIEWER), NOW - age)
        assert await _set_up(api.http, token) == expected, name


async def test_setting_a_password_ends_the_sessions_of_the_account_and_no_others(
    api: Api, database: Database, acme: TestTenant, link: str
) -> None:
    await _set_up(api.http, link)
    before = await api.login("acme", "invited", NEW_PASSWORD)
    other = await api.login("acme", "viewer")
    from hashlib import sha256

    from sqlmodel import select

    from models import SetupLink, UserAccount

    async with database.unit_of_work(acme.id) as session:
        account = (await session.execute(select(UserAccount).where(UserAccount.name == "invited"))).scalar_one()
        second = SetupLink(
            tenant_id=acme.id,
            account_id=account.id,
            secret_hash=sha256(b"secret").digest(),
            expires_at=NOW + timedelta(hours=1),
        )
        session.add(second)
        await session.flush()
        token = f"{acme.id.hex}.{second.id.hex}.secret"
    assert await _set_up(api.http, token, "changed, and long enough") == ("/login", None)
    assert await before.error_code(ME) == "UNAUTHENTICATED"
    assert (await other.data(ME))["me"]["name"] == "viewer"


@pytest.mark.parametrize("origin", ["http://[", "http://", "null", "://"])
async def test_an_origin_that_is_no_address_is_not_ours(api: Api, acme: TestTenant, origin: str) -> None:
    headers = {"origin": origin, "cookie": "cip_session=x"}
    assert (await api.http.post("/login", data={"tenant": "acme"}, headers=headers)).status_code == 403
    answer = await api.http.post("/graphql", json={"query": "{ me { name } }"}, headers=headers)
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from re import search
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from api.app import Server
from api.settings import Settings
from tests.support.client import Api
from tests.support.identity_provider import CLIENT, SECRET, IdentityProvider, providing
from tests.support.world import TestTenant

HERE: Final = {"origin": "http://testserver"}
ME: Final = "{ me { name displayName role } }"
SET: Final = """
mutation S($input: IdentityProviderSetInput!) {
  identityProviderSet(input: $input) {
    provider { issuer clientId hasSecret emailDomains newRole enabled } userErrors { field code message }
  }
}
"""


@pytest.fixture
async def settings(settings: Settings) -> Settings:
    """The provider of the tests is on this machine."""
    return settings.model_copy(update={"webhook_private_addresses": True, "public_url": "http://testserver"})


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    async with providing() as provider:
        yield provider


def form(provider: IdentityProvider, **changed: object) -> dict[str, dict[str, object]]:
    given: dict[str, object] = {
        "issuer": provider.issuer,
        "clientId": CLIENT,
        "clientSecret": SECRET,
        "emailDomains": ["acme.example"],
        "newRole": "VIEWER",
    }
    return {"input": {**given, **changed}}


@pytest.fixture
async def offered(api: Api, acme: TestTenant, provider: IdentityProvider) -> IdentityProvider:
    """Acme has a provider."""
    admin = await api.login("acme", "admin")
    payload = (await admin.data(SET, form(provider)))["identityProviderSet"]
    assert payload["userErrors"] == []
    return provider


@dataclass(slots=True)
class Browser:
    """Somebody at our page: it keeps cookies, and goes where it is led."""

    http: httpx.AsyncClient

    async def begin(self, tenant: str = "acme", **given: str) -> httpx.Response:
        return await self.http.post("/sign-in", data={"tenant": tenant, **given}, headers=HERE)

    async def visit(self, tenant: str = "acme", **given: str) -> str:
        """The provider's answer: the address it sends the browser back to."""
        page = await self.begin(tenant, **given)
        assert page.status_code == 200, page.headers
        found = search(r'url=([^"]+)"', page.text)
        assert found is not None
        async with httpx.AsyncClient() as elsewhere:
            answer = await elsewhere.get(unescape(found[1]))
        return answer.headers["location"]

    async def back(self, address: str) -> str:
        """Where our page leads on to."""
        split = urlsplit(address)
        answer = await self.http.get(f"{split.path}?{split.query}")
        assert answer.status_code == 303
        return str(answer.headers["location"])

    async def sign_in(self, tenant: str = "acme", **given: str) -> str:
        return await self.back(await self.visit(tenant, **given))

    async def whoami(self) -> str:
        answer = (await self.http.post("/graphql", json={"query": ME}, headers=HERE)).json()
        return str(answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]["me"]["name"])


@pytest.fixture
async def browser(server: Server) -> AsyncIterator[Browser]:
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield Browser(http)

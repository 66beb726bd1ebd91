"""A GraphQL client over HTTP, as a partner's program would be one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.world import PASSWORD

LOGIN = """
mutation Login($input: LoginInput!) {
  login(input: $input) { accessToken user { id name role } userErrors { code message } }
}
"""


@dataclass(frozen=True, slots=True)
class Api:
    """`token` is None for somebody who has not logged in."""

    http: httpx.AsyncClient
    token: str | None = None

    async def post(self, query: str, variables: Mapping[str, Any] | None = None) -> httpx.Response:
        headers = {} if self.token is None else {"authorization": f"Bearer {self.token}"}
        body = {"query": query, "variables": dict(variables or {})}
        return await self.http.post("/graphql", json=body, headers=headers)

    async def answer(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The whole response, errors included."""
        found: dict[str, Any] = (await self.post(query, variables)).json()
        return found

    async def data(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an answer that must have no errors."""
        answer = await self.answer(query, variables)
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]
        return found

    async def error_code(self, query: str, variables: Mapping[str, Any] | None = None) -> str:
        """The code of an answer that must have exactly one error."""
        [error] = (await self.answer(query, variables))["errors"]
        return str(error["extensions"]["code"])

    async def login(self, tenant: str, username: str, password: str = PASSWORD) -> "Api":
        variables = {"input": {"tenant": tenant, "username": username, "password": password}}
        payload = (await self.data(LOGIN, variables))["login"]
        assert payload["userErrors"] == []
        return Api(self.http, payload["accessToken"])

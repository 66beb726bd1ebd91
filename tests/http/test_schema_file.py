"""The schema as a file: what is committed, for whoever has logged in."""

from pathlib import Path

from tests.support.client import Api
from tests.support.world import TestTenant

COMMITTED = Path(__file__).resolve().parents[2] / "schema.graphql"


async def test_the_file_is_the_schema_for_people_of_any_role_and_for_nobody_else(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    answer = await api.http.get("/schema.graphql", headers={"authorization": f"Bearer {viewer.token}"})
    assert answer.status_code == 200
    assert answer.text.strip() == COMMITTED.read_text().strip()
    assert answer.headers["content-disposition"] == "attachment; filename=schema.graphql"
    assert (await api.http.get("/schema.graphql")).status_code == 401

"""The audit trail as admins read it."""

from typing import Any

from tests.support.client import Api
from tests.support.world import NOW, TestTenant

TRAIL = """
query Trail($where: AuditEntryWhere, $first: Int = 50, $after: String) {
  auditEntries(first: $first, after: $after, where: $where) {
    totalCount { value }
    pageInfo { hasNextPage endCursor }
    nodes { id at actor action outcome details }
  }
}
"""


async def trail(admin: Api, **where: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await admin.data(TRAIL, {"where": where}))["auditEntries"]["nodes"]
    return found


async def test_the_trail_is_narrowed_down_by_who_what_when_and_outcome(api: Api, acme: TestTenant) -> None:
    await api.login("acme", "viewer")
    admin = await api.login("acme", "admin")
    viewer = await api.login("acme", "viewer")
    await viewer.error_code("{ auditEntries(first: 1) { nodes { id } } }")
    assert {one["actor"] for one in await trail(admin, actor={"eq": "user:viewer"})} == {"user:viewer"}
    assert len(await trail(admin, actor={"eq": "user:viewer"}, action={"eq": "session.login"})) == 2
    [denied] = await trail(admin, outcome={"eq": "DENIED"})
    assert (denied["actor"], denied["outcome"]) == ("user:viewer", "DENIED")
    assert await trail(admin, at={"range": {"gte": NOW.replace(year=2030).isoformat()}}) == []
    assert await trail(admin, at={"range": {"lt": NOW.isoformat()}}) == []
    assert await trail(admin, actor={"eq": "user:nobody"}) == []


async def test_pages_of_the_trail_hold_every_entry_once(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    for _ in range(4):
        await api.login("acme", "viewer")
    everything = [one["id"] for one in await trail(admin)]
    paged: list[str] = []
    variables: dict[str, object] = {"first": 2}
    while True:
        page = (await admin.data(TRAIL, variables))["auditEntries"]
        paged += [one["id"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        variables["after"] = page["pageInfo"]["endCursor"]
    assert paged == everything


async def test_a_moment_without_an_offset_is_refused(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    assert (
        await admin.error_code(TRAIL, {"where": {"at": {"range": {"gte": "2026-03-01T00:00:00"}}}}) == "BAD_USER_INPUT"
    )

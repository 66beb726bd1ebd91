"""Tamper-evidence on the real tables: whoever may do anything to the database is found out."""

import asyncio
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text

from api.audit.chain import Break, Fault, Head
from api.audit.repository import insert_entry
from api.audit.sealing import Sealer
from api.audit.verifying import Verdict, verify
from api.cli.audit import verify_command
from api.privacy.service import Privacy
from api.settings import Settings
from models.database import Database
from tests.privacy.support import customer_id, work
from tests.support import services
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock

VERIFY: Final = """
query ($behind: String, $anchor: String) {
  auditVerify(behind: $behind, anchor: $anchor) {
    intact head checked isComplete sealed waiting broken { fault number entryId }
  }
}
"""


async def write(database: Database, tenant: TestTenant, *actions: str) -> None:
    for action in actions:
        async with database.unit_of_work(tenant.id) as session:
            await insert_entry(session, tenant.id, at=NOW, actor="test", action=action, details={"n": 1.5, "ü": ["x"]})


async def look(database: Database, tenant: TestTenant, anchor: Head | None = None) -> Verdict:
    async with database.reading(tenant.id) as snapshot:
        return await verify(snapshot, anchor=anchor)


async def seal(database: Database, tenant: TestTenant) -> Head:
    head = await Sealer(database, clock).seal(tenant.id)
    assert head is not None
    return head


async def as_superuser(name: str, tenant: TestTenant, *statements: str, **parameters: Any) -> None:
    """As somebody who may do anything to the database, and past the product."""
    database = Database.connect(services.admin_url(name), pool_size=1)
    try:
        async with database.unit_of_work(tenant.id) as session:
            for statement in statements:
                await session.execute(text(statement), {"tenant": tenant.id, **parameters})
    finally:
        await database.close()


async def numbered(database: Database, tenant: TestTenant) -> dict[int, UUID]:
    async with database.unit_of_work(tenant.id) as session:
        rows = await session.execute(text("SELECT number, entry_id FROM audit_seal"))
        return {row[0]: row[1] for row in rows}


async def test_entries_are_sealed_in_their_order_once(database: Database, acme: TestTenant, globex: TestTenant) -> None:
    waiting = (await look(database, acme)).waiting
    assert waiting > 0
    head = await seal(database, acme)
    assert head.number == waiting
    assert await Sealer(database, clock).seal(acme.id) is None
    await write(database, acme, "a", "b")
    found = await look(database, acme)
    assert (found.broken, found.checked, found.waiting) == (None, head, 2)
    assert (await seal(database, acme)).number == waiting + 2
    assert list(await numbered(database, acme)) == list(range(1, waiting + 3))
    assert (await look(database, globex)).head.number == 0


async def test_a_writer_waits_for_no_other_and_is_sealed_when_it_commits(database: Database, acme: TestTenant) -> None:
    before = await seal(database, acme)
    async with database.unit_of_work(acme.id) as slow:
        await insert_entry(slow, acme.id, at=NOW, actor="test", action="slow")
        await write(database, acme, "quick")
        assert (await seal(database, acme)).number == before.number + 1
    assert (await seal(database, acme)).number == before.number + 2
    assert (await look(database, acme)).broken is None


async def test_what_is_rolled_back_is_not_waited_for(database: Database, acme: TestTenant) -> None:
    await seal(database, acme)
    async with database.unit_of_work(acme.id) as session:
        await insert_entry(session, acme.id, at=NOW, actor="test", action="a")
        await session.rollback()
    assert await Sealer(database, clock).seal(acme.id) is None
    assert (await look(database, acme)).waiting == 0


@pytest.mark.parametrize(
    ("statement", "fault", "number"),
    [
        ("UPDATE audit_entry SET actor = 'user:else' WHERE id = :entry", Fault.CHANGED, 2),
        ("UPDATE audit_entry SET details = '{}' WHERE id = :entry", Fault.CHANGED, 2),
        ("UPDATE audit_entry SET at = at - interval '1 microsecond' WHERE id = :entry", Fault.CHANGED, 2),
        ("DELETE FROM audit_entry WHERE id = :entry", Fault.MISSING, 2),
        ("DELETE FROM audit_seal WHERE number = 2", Fault.GAP, 2),
        ("DELETE FROM audit_seal WHERE number > 2", Fault.OUTSIDE, None),
        ("UPDATE audit_seal SET hash = decode(repeat('00', 32), 'hex') WHERE number = 2", Fault.CHANGED, 2),
        (
            "UPDATE audit_seal SET entry_id = CASE number WHEN 2 THEN CAST(:next AS uuid) ELSE CAST(:entry AS uuid) END"
            " WHERE number IN (2, 3)",
            Fault.CHANGED,
            2,
        ),
        (
            "INSERT INTO audit_entry SELECT tenant_id, gen_random_uuid(), at, 'user:ada', action, outcome, details"
            " FROM audit_entry WHERE id = :entry",
            Fault.OUTSIDE,
            None,
        ),
    ],
)
async def test_what_is_done_past_the_product_is_found(
    statement: str, fault: Fault, number: int | None, database: Database, database_name: str, acme: TestTenant
) -> None:
    await write(database, acme, "a", "b", "c", "d")
    await seal(database, acme)
    entries = await numbered(database, acme)
    prepare = "ALTER TABLE audit_seal DROP CONSTRAINT uq_audit_seal_tenant_id_entry_id"
    # asyncpg wants each parameter to be used.
    given = {name: str(key) for name, key in (("entry", entries[2]), ("next", entries[3])) if f":{name}" in statement}
    await as_superuser(database_name, acme, prepare, statement, **given)
    broken = (await look(database, acme)).broken
    assert broken is not None
    assert (broken.fault, broken.number) == (fault, number)
    if number is not None and fault in {Fault.MISSING, Fault.CHANGED} and ":next" not in statement:
        assert broken.entry_id == entries[2]


async def test_an_entry_that_goes_before_its_seal_is_missed(
    database: Database, database_name: str, acme: TestTenant
) -> None:
    await seal(database, acme)
    await write(database, acme, "gone")
    await as_superuser(database_name, acme, "DELETE FROM audit_entry WHERE action = 'gone'")
    assert await Sealer(database, clock).seal(acme.id) is None
    broken = (await look(database, acme)).broken
    assert broken is not None
    assert (broken.fault, broken.number) == (Fault.MISSING, None)


async def test_a_cut_tail_is_found_by_an_anchor(database: Database, database_name: str, acme: TestTenant) -> None:
    await write(database, acme, "a", "b", "c")
    anchor = await seal(database, acme)
    assert (await look(database, acme, anchor)).broken is None
    await as_superuser(
        database_name,
        acme,
        "DELETE FROM audit_entry WHERE action IN ('b', 'c')",
        f"DELETE FROM audit_seal WHERE number > {anchor.number - 2}",
    )
    assert (await look(database, acme)).broken is None, "without an anchor a chain that was cut is a shorter chain"
    assert (await look(database, acme, anchor)).broken == Break(Fault.CUT, anchor.number, None)


async def test_the_application_can_neither_change_nor_delete_a_seal(database: Database, acme: TestTenant) -> None:
    await seal(database, acme)
    for statement in ("UPDATE audit_seal SET number = number + 1", "DELETE FROM audit_seal"):
        with pytest.raises(Exception, match="permission denied"):
            async with database.unit_of_work(acme.id) as session:
                await session.execute(text(statement))


async def test_the_chain_holds_after_a_person_is_erased(
    database: Database, settings: Settings, acme: TestTenant
) -> None:
    async with database.unit_of_work(acme.id) as session:
        person = await customer_id(session, f"{acme.canary}-c0")
    privacy = Privacy(database, clock)
    await privacy.ask_export(acme.id, person, actor="user:admin")
    before = await seal(database, acme)
    request = await privacy.ask_erasure(acme.id, person, f"{acme.canary}-c0", actor="user:admin")
    await work(database, settings, acme, request)
    async with database.unit_of_work(acme.id) as session:
        assert (await session.execute(text("SELECT count(*) FROM subject_key"))).scalar_one() == 0
    assert (await seal(database, acme)).number > before.number
    found = await look(database, acme, before)
    assert (found.broken, found.is_complete, found.waiting) == (None, True, 0)


async def test_admins_ask_piece_by_piece(
    api: Api, database: Database, acme: TestTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.audit.verifying.AT_ONCE", 2)
    monkeypatch.setattr(verify, "__kwdefaults__", {**(verify.__kwdefaults__ or {}), "most": 2})
    admin = await api.login("acme", "admin")
    empty = (await admin.data(VERIFY))["auditVerify"]
    assert (empty["intact"], empty["head"], empty["isComplete"]) == (True, None, True)
    await write(database, acme, "a", "b", "c")
    head = await seal(database, acme)
    first = (await admin.data(VERIFY))["auditVerify"]
    assert (first["intact"], first["isComplete"], first["head"]) == (True, False, str(head))
    rest, rounds = first, 1
    while not rest["isComplete"]:
        rest = (await admin.data(VERIFY, {"behind": rest["checked"], "anchor": str(head)}))["auditVerify"]
        rounds += 1
    assert (rest["intact"], rest["checked"], rest["sealed"]) == (True, str(head), head.number)
    assert rounds == -(-head.number // 2)


async def test_a_wrong_anchor_is_refused_and_a_foreign_one_is_a_cut(
    api: Api, database: Database, acme: TestTenant
) -> None:
    await seal(database, acme)
    admin = await api.login("acme", "admin")
    assert await admin.error_code(VERIFY, {"anchor": "yesterday"}) == "BAD_USER_INPUT"
    found = (await admin.data(VERIFY, {"anchor": "1:" + "00" * 32}))["auditVerify"]
    assert found["broken"] == {"fault": "CUT", "number": 1, "entryId": None}


async def test_the_command_prints_the_head_and_fails_at_what_was_changed(
    database: Database,
    database_name: str,
    acme: TestTenant,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", services.application_url(database_name))
    monkeypatch.setenv("REDIS_URL", services.redis_url())
    monkeypatch.setenv("JWT_SECRET_KEY", "the tests' own secret, as long as a real one")
    monkeypatch.setenv("ENVIRONMENT", "test")
    head = await seal(database, acme)
    await asyncio.to_thread(verify_command, "acme", str(head))
    said = f"acme: {head.number} entries are as they were written, 0 wait for a seal.\nacme: head {head}\n"
    assert capsys.readouterr().out == said
    first = (await numbered(database, acme))[1]
    await as_superuser(database_name, acme, "UPDATE audit_entry SET actor = 'nobody'")
    with pytest.raises(SystemExit):
        await asyncio.to_thread(verify_command, "acme", None)
    assert capsys.readouterr().err == f"acme: changed at number 1, entry {first}\n"

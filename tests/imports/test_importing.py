"""What becomes of rows: created, updated, skipped or refused, and nothing at all in a dry run."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.events.service import Ingest
from api.imports.contracts import Kind
from api.imports.local import LocalRun
from api.imports.running import ImportWork
from api.jobs.contracts import JobCancelledError
from models.database import Database
from tests.imports.support import ACTOR, counts, errors, imports, read, run_import, work_on, write_csv
from tests.imports.test_undoing import rows, state
from tests.support.world import TestTenant, clock

ORDERS = """order_id,order_date,customer_id,name,sku,quantity,price,currency
1,2026-03-10T10:00:00Z,c1,One,a,2,1.50,GBP
2,2026-03-11T10:00:00Z,,,b,1,9.999,GBP
1,2026-03-10T09:00:00Z,c1,One,b,1,0.25,GBP
3,2026-03-11T10:00:00Z,c2,Two,b,one,9.99,GBP
4,2026-03-11T10:00:00Z,c2,Two,b,1,9.99,EUR
,2026-03-11T10:00:00Z,c2,Two,b,1,9.99,GBP
5,2026-03-11T10:00:00Z,c2,Two,b,1
6,2026-03-11T10:00:00Z,c3,Three,a,1,1,GBP
6,2026-03-11T10:00:00Z,c4,Four,b,1,1,GBP
7,2126-03-11T10:00:00Z,c3,Three,a,1,1,GBP
8,2026-03-12T10:00:00Z,c5,Five,a,"1,000","1,234.50",GBP
"""
PEOPLE = """customer_id,name,email,country,first_seen_at
acmecanary-c0,acmecanary customer 000,c0@acmecanary.example,Wales,
acmecanary-c1,New Name,,,
p1,Ada,ada@example.org,France,2020-01-01
p1,,ada@example.com,,2019-01-01
p1,,,,
,Nobody,,,
"""
TALKS = """conversation_id,customer_id,channel,subject,author,sent_at,body,rating,message_id
t1,c1,mail,Help,client,2026-03-10T10:00:00Z,Hello,,1
t1,c1,mail,Help,support,2026-03-10T10:05:00Z,Yes,4,2
t2,c1,mail,Help,ghost,2026-03-10T10:00:00Z,Boo,,1
t3,c1,mail,Help,client,2026-03-10T10:00:00Z,Hello,9,1
t3,c1,mail,Help,client,2026-03-10T10:01:00Z,Again,,2
acmecanary-talk-0,c1,mail,Help,client,2026-03-10T10:00:00Z,More,,7
"""


async def test_orders_are_created_and_faulty_ones_refused_whole(
    database: Database, acme: TestTenant, tmp_path: Path
) -> None:
    record = await run_import(database, acme, write_csv(tmp_path / "o.csv", ORDERS), Kind.ORDERS)
    assert counts(record) == {"created": 3, "updated": 0, "skipped": 0, "failed": 8}
    found = [(one.row_number, one.column_name, one.code) for one in await errors(database, acme, record.id)]
    assert found == [
        (3, "price", "TOO_PRECISE"),
        (5, "quantity", "NOT_A_NUMBER"),
        (6, "currency", "CURRENCY_MISMATCH"),
        (7, "order_id", "MISSING_VALUE"),
        (8, None, "MALFORMED_ROW"),
        (9, None, "REFUSED_WITH_RECORD"),
        (10, "customer_id", "CONFLICTING_VALUES"),
        (11, "order_date", "IN_THE_FUTURE"),
    ]
    lines = (
        "SELECT external_id, placed_at::text, total FROM sales_order WHERE source = 'import:o.csv' ORDER BY external_id"
    )
    assert await rows(database, acme, lines) == [
        ("1", "2026-03-10 09:00:00+00", 325),
        ("8", "2026-03-12 10:00:00+00", 123_450_000),
    ]


async def test_lines_without_an_article_number_are_refused_by_the_fields_own_rule(
    database: Database, acme: TestTenant, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "o.csv", "order_id,order_date,sku,price\n1,2026-03-10,,1\n")
    record = await run_import(database, acme, path, Kind.ORDERS)
    [error] = await errors(database, acme, record.id)
    assert (error.column_name, error.code) == ("sku", "MISSING_VALUE")


@pytest.mark.parametrize(
    ("kind", "content"), [(Kind.ORDERS, ORDERS), (Kind.CUSTOMERS, PEOPLE), (Kind.CONVERSATIONS, TALKS)]
)
async def test_a_dry_run_answers_the_same_and_writes_nothing(
    database: Database, acme: TestTenant, tmp_path: Path, kind: Kind, content: str
) -> None:
    path = write_csv(tmp_path / "f.csv", content)
    before = await state(database, acme)
    dry = await run_import(database, acme, path, kind, dry_run=True)
    assert dry.state == "checked"
    assert await state(database, acme) == before
    assert await rows(database, acme, "SELECT 1 FROM import_change UNION ALL SELECT 1 FROM outbox_message") == []
    real = await run_import(database, acme, path, kind)
    assert (counts(real), real.report) == (counts(dry), dry.report)
    told = [(one.row_number, one.code, one.message) for one in await errors(database, acme, dry.id)]
    assert [(one.row_number, one.code, one.message) for one in await errors(database, acme, real.id)] == told


@pytest.mark.parametrize(
    ("kind", "content"), [(Kind.ORDERS, ORDERS), (Kind.CUSTOMERS, PEOPLE), (Kind.CONVERSATIONS, TALKS)]
)
async def test_the_same_file_twice_changes_nothing(
    database: Database, acme: TestTenant, tmp_path: Path, kind: Kind, content: str
) -> None:
    path = write_csv(tmp_path / "f.csv", content)
    first = await run_import(database, acme, path, kind)
    once = await state(database, acme)
    again = await run_import(database, acme, path, kind)
    done = first.created + first.updated + first.skipped
    assert counts(again) == {"created": 0, "updated": 0, "skipped": done, "failed": first.failed}
    assert await state(database, acme) == once


async def test_customers_are_created_updated_or_left_as_they_are(
    database: Database, acme: TestTenant, tmp_path: Path
) -> None:
    record = await run_import(database, acme, write_csv(tmp_path / "p.csv", PEOPLE), Kind.CUSTOMERS)
    assert counts(record) == {"created": 1, "updated": 2, "skipped": 2, "failed": 1}
    found = await rows(
        database,
        acme,
        "SELECT name, email, country, first_seen_at::date::text, order_count FROM customer "
        "WHERE external_id IN ('p1', 'acmecanary-c1') ORDER BY external_id",
    )
    assert [row[:3] for row in found] == [
        ("New Name", "c1@acmecanary.example", "Wales"),
        ("Ada", "ada@example.com", "France"),
    ]
    assert found[1][3:] == ("2019-01-01", 0)


async def test_conversations_go_on_where_they_are_known(database: Database, acme: TestTenant, tmp_path: Path) -> None:
    mapping: dict[str, Any] = {
        "source": "api",
        "fields": {name: {"column": name} for name in TALKS.splitlines()[0].split(",")},
    }
    path = write_csv(tmp_path / "t.csv", TALKS)
    record = await run_import(database, acme, path, Kind.CONVERSATIONS, mapping)
    assert counts(record) == {"created": 3, "updated": 0, "skipped": 0, "failed": 3}
    found = [(one.row_number, one.column_name, one.code) for one in await errors(database, acme, record.id)]
    assert found == [
        (4, "author", "UNKNOWN_AUTHOR"),
        (5, "rating", "INVALID_PROPERTIES"),
        (6, None, "REFUSED_WITH_RECORD"),
    ]
    talks = "SELECT external_id, rating FROM conversation WHERE external_id LIKE 't%' ORDER BY 1"
    assert await rows(database, acme, talks) == [("t1", 4)]
    said = "SELECT count(*) FROM message JOIN conversation ON conversation_id = conversation.id WHERE body = 'More'"
    assert await rows(database, acme, said) == [(1,)]


class KilledError(Exception):
    """The worker is gone."""


async def test_a_run_that_was_killed_goes_on_where_it_was(
    database: Database, acme: TestTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.imports.staging.BATCH", 3)
    monkeypatch.setattr("api.imports.loading.UNITS", 2)
    lines = [f"{number % 7},2026-03-1{number % 7}T10:00:00Z,s{number},{number}" for number in range(20)]
    path = write_csv(tmp_path / "o.csv", "\n".join(["order_id,order_date,sku,price", *lines]))
    uploaded = await imports(database).register(acme.id, path, Kind.ORDERS, actor=ACTOR)
    record = await imports(database).start(acme.id, uploaded.import_id, Kind.ORDERS, None, dry_run=False, actor=ACTOR)
    assert record.job_id is not None
    turns = 0
    while (await read(database, acme, record.id)).state != "imported":
        reports = 0
        turns += 1

        def killed_at_the_third(done: int, total: int | None) -> None:
            nonlocal reports
            reports += 1
            if reports == 3:
                raise KilledError

        work = ImportWork(database, Ingest(database, lambda _: None, clock), clock, path=path)
        try:
            await work.run(LocalRun(acme.id, record.job_id, record.id, killed_at_the_third))
        except KilledError:
            continue
    assert turns > 2
    done = await read(database, acme, record.id)
    assert counts(done) == {"created": 20, "updated": 0, "skipped": 0, "failed": 0}
    assert done.report["orders"] == 7
    sums = "SELECT count(*), sum(total) FROM sales_order WHERE source = 'import:o.csv'"
    assert await rows(database, acme, sums) == [(7, sum(range(20)) * 100)]


async def test_a_cancelled_run_keeps_what_it_did_and_says_so(
    database: Database, acme: TestTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.imports.loading.UNITS", 1)
    lines = [f"{number},2026-03-1{number}T10:00:00Z,s,1" for number in range(5)]
    path = write_csv(tmp_path / "o.csv", "\n".join(["order_id,order_date,sku,price", *lines]))
    uploaded = await imports(database).register(acme.id, path, Kind.ORDERS, actor=ACTOR)
    record = await imports(database).start(acme.id, uploaded.import_id, Kind.ORDERS, None, dry_run=False, actor=ACTOR)
    assert record.job_id is not None

    def cancelled_after_two(done: int, total: int | None) -> None:
        if total is not None and done == 2:
            raise JobCancelledError

    work = ImportWork(database, Ingest(database, lambda _: None, clock), clock, path=path)
    with pytest.raises(JobCancelledError):
        await work.run(LocalRun(acme.id, record.job_id, record.id, cancelled_after_two))
    done = await read(database, acme, record.id)
    assert (done.state, done.created) == ("cancelled", 2)
    assert await rows(database, acme, "SELECT count(*) FROM import_row") == [(0,)]


async def test_a_broken_file_fails_the_run_with_its_reason(
    database: Database, acme: TestTenant, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "e.csv", 'event,timestamp\nseen,2026-03-10\nseen,"' + "x" * 200_000)
    whole = write_csv(tmp_path / "whole.csv", "event,timestamp\n")
    uploaded = await imports(database).register(acme.id, whole, Kind.EVENTS, actor=ACTOR)
    record = await imports(database).start(acme.id, uploaded.import_id, Kind.EVENTS, None, dry_run=False, actor=ACTOR)
    await work_on(database, acme, record, path)
    failed = await read(database, acme, record.id)
    assert (failed.state, failed.fault) == (
        "failed",
        "Row 3 cannot be read: field larger than field limit (131072).",
    )


async def test_a_record_of_too_many_rows_is_refused_without_loading_it(
    database: Database, acme: TestTenant, tmp_path: Path
) -> None:
    lines = ["1,2026-03-10T10:00:00Z,s,1"] * 5_001
    path = write_csv(tmp_path / "o.csv", "\n".join(["order_id,order_date,sku,price", *lines, "2,2026-03-10,s,1"]))
    record = await run_import(database, acme, path, Kind.ORDERS)
    assert counts(record) == {"created": 1, "updated": 0, "skipped": 0, "failed": 5_001}
    codes = "SELECT code, count(*) FROM import_error GROUP BY 1"
    assert await rows(database, acme, codes) == [("TOO_LARGE", 5_001)]


async def test_events_take_their_properties_with_them(database: Database, acme: TestTenant, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "e.csv", "event,timestamp,user_id,page,seconds\nseen,2026-03-10 10:00,u1,/a,5\n")
    record = await run_import(database, acme, path, Kind.EVENTS)
    assert counts(record) == {"created": 1, "updated": 0, "skipped": 0, "failed": 0}
    [found] = await rows(
        database, acme, "SELECT occurred_at::text, properties FROM event WHERE source = 'import:e.csv'"
    )
    assert found == ("2026-03-10 10:00:00+00", {"page": "/a", "seconds": 5})


async def test_the_database_is_not_asked_for_a_row_at_a_time(
    database: Database, acme: TestTenant, tmp_path: Path
) -> None:
    from tests.support.statements import counted_statements

    found = []
    for count in (10, 400):
        lines = [f"{count}-{number},2026-03-10T10:00:00Z,c{number},s,1" for number in range(count)]
        path = write_csv(tmp_path / f"{count}.csv", "\n".join(["order_id,order_date,customer_id,sku,price", *lines]))
        with counted_statements(database) as seen:
            await run_import(database, acme, path, Kind.ORDERS)
        found.append(len(seen))
    assert found[0] == found[1]


async def test_the_trail_names_the_import_and_its_end(database: Database, acme: TestTenant, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "e.csv", "event,timestamp\nseen,2026-03-10\n")
    await run_import(database, acme, path, Kind.EVENTS)
    async with database.unit_of_work(acme.id) as session:
        trail = await session.execute(text("SELECT action FROM audit_entry WHERE actor = :a ORDER BY id"), {"a": ACTOR})
    assert list(trail.scalars()) == ["import.upload", "import.start", "events.ingest", "import.end"]

"""`cip import`: the report on the terminal, the error file beside the input, and what it says no to."""

from pathlib import Path

import pytest

from api.cli.faults import CommandError
from api.cli.import_run import import_file
from api.settings import Settings
from tests.support.world import TestTenant

EVENTS = "event,timestamp,page\nseen,2026-03-10T10:00:00Z,/a\nseen,nonsense,=1\n"


async def test_it_reports_and_leaves_the_refused_rows_beside_the_file(
    settings: Settings, acme: TestTenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "visits.csv"
    path.write_text(EVENTS)
    record = await import_file(settings, path, "acme", "events", None, None, dry_run=False)
    assert (record.state, record.created, record.failed) == ("imported", 1, 1)
    assert capsys.readouterr().out.splitlines()[:6] == [
        "Imported: visits.csv as events",
        "  created  1",
        "  updated  0",
        "  skipped  0",
        "  errors   1",
        "  rows     2",
    ]
    assert (tmp_path / "visits.csv.errors.csv").read_text().splitlines() == [
        "error_row,error_column,error_code,error_message,event,timestamp,page",
        "3,timestamp,NOT_A_TIME,This is not a time in the form that was chosen.,seen,nonsense,'=1",
    ]


@pytest.mark.parametrize(
    ("tenant", "kind", "preset", "message"),
    [
        ("nobody", "events", None, "there is no tenant 'nobody'"),
        ("acme", "visits", None, "--kind is one of customers, orders, events, conversations"),
        ("acme", "events", "online_retail", "the preset online_retail is for orders"),
        ("acme", None, "shop", "There is no preset 'shop'."),
        ("acme", None, "online_retail", "It has: event, timestamp, page."),
    ],
)
async def test_what_it_cannot_do_is_one_line(
    settings: Settings,
    acme: TestTenant,
    tmp_path: Path,
    tenant: str,
    kind: str | None,
    preset: str | None,
    message: str,
) -> None:
    path = tmp_path / "visits.csv"
    path.write_text(EVENTS)
    with pytest.raises(CommandError) as caught:
        await import_file(settings, path, tenant, kind, preset, None, dry_run=True)
    assert message in str(caught.value)

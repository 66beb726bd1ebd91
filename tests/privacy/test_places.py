"""Every tenant table says whether it holds something of a customer: a new one cannot be forgotten."""

from sqlalchemy import LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

import models  # noqa: F401  (fills the metadata)
from models.personal import PLACES, Fate, Reach
from models.tenancy import TENANT_TABLES

OF_A_CUSTOMER = frozenset({"customer", "sales_order", "conversation", "message", "event"})


def test_every_tenant_table_has_its_place_and_no_other() -> None:
    assert set(PLACES) == set(TENANT_TABLES)


def test_every_column_that_can_hold_words_is_told_personal_or_plain() -> None:
    untold = {}
    for name, place in PLACES.items():
        if place.reach is Reach.NOBODY:
            continue
        columns = SQLModel.metadata.tables[name].columns
        worded = {column.name for column in columns if isinstance(column.type, Text | JSONB | LargeBinary)}
        told = {*place.personal, *place.plain}
        if worded != told:
            untold[name] = sorted(worded ^ told)
    assert untold == {}


def test_a_table_that_points_to_a_customer_is_not_said_to_hold_nobody() -> None:
    wrong = []
    for name, place in PLACES.items():
        table = SQLModel.metadata.tables[name]
        points = {key.column.table.name for key in table.foreign_keys} & OF_A_CUSTOMER
        if place.reach is Reach.NOBODY and (points or "customer_id" in table.columns):
            wrong.append(name)
    assert wrong == []


def test_what_stays_is_blanked_in_every_personal_column() -> None:
    by_hand = {"outbox_message", "import_run"}
    left = {
        name: sorted(set(place.personal) - set(place.blank))
        for name, place in PLACES.items()
        if place.fate is not Fate.DELETED and name not in by_hand and set(place.personal) - set(place.blank)
    }
    assert left == {}

"""Tables as people have them: columns of any kind give the same figures, and a wrong cell is told by column and row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import numpy as np
import pytest

from api.intelligence.arrays import InvalidColumnError
from api.intelligence.churn import ContractualChurn, PurchaseChurn
from api.intelligence.clv import BetaGeoNBD, GammaGamma, summarize_transactions
from api.intelligence.frames import Frame
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.journeys import absorption, kaplan_meier, stage_spells
from api.intelligence.segmentation import KMeansSegments, rfm
from tests.intelligence import cdnow

WHO: Final = ["ann", "bob", "ann", "bob"]
DAYS: Final = ["2024-01-05", "2024-02-01", "2024-02-01", "2024-03-09"]
DATES: Final = [date.fromisoformat(day) for day in DAYS]
NOONS: Final = [datetime.fromisoformat(f"{day}T12:30:00") for day in DAYS]
UNTIL: Final = "2024-04-01"


class NAType:
    """What pandas has for a value that is not there is equal to nothing, and neither true nor false."""

    def __eq__(self, other: object) -> Any:
        return self

    def __hash__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        raise TypeError("neither true nor false")


@dataclass
class Column:
    """A column of pandas or polars: something numpy can read."""

    values: Any

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.values, dtype=dtype)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Any:
        return iter(self.values)


@dataclass
class Table:
    """A data frame of either: names, and a column by name."""

    given: Mapping[str, Any]

    @property
    def columns(self) -> list[str]:
        return list(self.given)

    def __getitem__(self, name: str) -> Column:
        return Column(self.given[name])


@pytest.mark.parametrize(
    "dates",
    [
        DAYS,
        DATES,
        NOONS,
        tuple(DATES),
        Column(DATES),
        np.array(DAYS),
        np.array(DAYS, dtype=object),
        np.array(DAYS, "datetime64[D]"),
        np.array(DAYS, "datetime64[ns]"),
        np.array(NOONS, "datetime64[us]"),
        [f"{day} 23:59:59" for day in DAYS],
        [f"{day}T12:30:00Z" for day in DAYS],
        [f"{day}T01:30:00+01:00" for day in DAYS],
        [moment.replace(tzinfo=UTC) for moment in NOONS],
        [moment.replace(tzinfo=timezone(timedelta(hours=-5))) for moment in NOONS],
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "until", [UNTIL, date(2024, 4, 1), datetime.fromisoformat("2024-04-01T09:00"), np.datetime64(UNTIL)], ids=repr
)
def test_dates_of_every_kind_are_the_same_days(dates: Any, until: Any) -> None:
    found = summarize_transactions(WHO, dates, [1, 2, 3, 4], until)
    assert found.recency.tolist() == [27.0, 37.0]
    assert found.age.tolist() == [87.0, 60.0]
    assert rfm(WHO, dates, [1, 2, 3, 4], until).recency.tolist() == [60.0, 23.0]


def test_numbers_are_days_and_moments_in_zones_are_days_in_utc() -> None:
    assert summarize_transactions(WHO, [1, 30.9, 30, 60], [1, 2, 3, 4], 90).recency.tolist() == [29.0, 30.0]
    late = [moment.replace(hour=22, tzinfo=timezone(timedelta(hours=-5))) for moment in NOONS]
    assert summarize_transactions(WHO, late, [1, 2, 3, 4], UNTIL).age.tolist() == [86.0, 59.0]


@pytest.mark.parametrize(
    ("customer", "value"),
    [
        ([7, 8, 7, 8], [1, 2, 3, 4]),
        ([UUID(int=7), UUID(int=8), UUID(int=7), UUID(int=8)], [Decimal("1.0"), Decimal("2"), Decimal(3), Decimal(4)]),
        (np.array(WHO, dtype=object), ["1", "2", "3", "4"]),
        (Column(WHO), Column(np.array([1, 2, 3, 4], dtype=np.uint8))),
        (np.array([7, 8, 7, 8], dtype=np.float32), np.array([1, 2, 3, 4], dtype=np.float16)),
    ],
)
def test_customers_are_anything_that_has_an_order_and_values_anything_that_is_a_number(
    customer: Any, value: Any
) -> None:
    found = summarize_transactions(customer, DAYS, value, UNTIL)
    assert found.customer.tolist() == sorted(set(np.asarray(customer).tolist()))
    assert found.mean_value.tolist() == [3.0, 4.0]
    assert rfm(customer, DAYS, value, UNTIL).monetary.tolist() == [4.0, 6.0]


@pytest.mark.parametrize(
    ("column", "cells", "told"),
    [
        ("customer", ["ann", None, "ann", "bob"], "customer must not be empty (first in row 1)"),
        ("customer", [1.0, 2.0, float("nan"), 1.0], "customer must not be empty (first in row 2)"),
        ("customer", ["ann", "bob", "ann", NAType()], "customer must not be empty (first in row 3)"),
        ("customer", np.array(["ann", 1, "ann", 2], dtype=object), "customer must be of one kind, not int and str"),
        ("customer", [WHO], "customer must have one dimension, not 2"),
        ("date", [DATES[0], None, DATES[2], DATES[3]], "date must not be empty (first in row 1)"),
        ("date", [*DAYS[:3], ""], "date must not be empty (first in row 3)"),
        (
            "date",
            ["05/01/2024", *DAYS[1:]],
            'date must be dates or numbers of days: Error parsing datetime string "05/01/',
        ),
        ("date", [True, False, True, True], "date must be dates or numbers of days, not True and False"),
        ("date", [1.0, float("inf"), 3.0, 4.0], "date must be finite (first in row 1)"),
        ("value", [1, None, 3, 4], "value must be finite (first in row 1)"),
        ("value", ["1", "2", "three", "4"], "value must be numbers (first in row 2)"),
        ("value", np.array(DAYS, "datetime64[D]"), "value must be numbers, not dates or spans of time"),
        ("value", [1, 2, 3], "the columns differ in length: customer 4, date 4, value 3"),
        ("until", None, "must not be empty (first in row 0)"),
    ],
)
@pytest.mark.parametrize("ask", [summarize_transactions, rfm, PurchaseChurn(30).fit])
def test_a_wrong_cell_is_told_by_its_column_and_row(ask: Any, column: str, cells: Any, told: str) -> None:
    table = {"customer": WHO, "date": DAYS, "value": [1, 2, 3, 4], "until": UNTIL} | {column: cells}
    with pytest.raises(InvalidColumnError) as refused:
        ask(*table.values())
    assert told in str(refused.value)


def test_before_the_first_purchase_there_is_nothing() -> None:
    for ask in (summarize_transactions, rfm):
        with pytest.raises(InvalidColumnError, match="date has nothing up to"):
            ask(WHO, DAYS, [1, 2, 3, 4], "2020-01-01")
    with pytest.raises(InsufficientDataError, match="days of history: 90 needed, 0 there"):
        PurchaseChurn(30).fit(WHO, DAYS, [1, 2, 3, 4], "2020-01-01")


def labelled(size: int = 260) -> tuple[dict[str, Any], Any]:
    random = np.random.default_rng(1)
    age, plan = random.normal(40, 10, size), random.choice(["basic", "plus"], size)
    return {"age": age, "plan": plan}, random.random(size) < np.where(plan == "plus", 0.2, 0.5)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (dict, lambda churned: np.where(churned, "Yes", "No")),
        (Table, lambda churned: Column(churned.astype(int))),
        (lambda given: {name: list(column) for name, column in given.items()}, list),
    ],
)
def test_features_of_every_kind_give_the_same_churn(kind: Callable[[Any], Any], said: Callable[[Any], Any]) -> None:
    features, churned = labelled()
    expected = ContractualChurn(random_state=1).fit(features, churned).predict_proba(features)
    given = kind({**features, "plan": features["plan"].astype(object)})
    found = ContractualChurn(random_state=1).fit(given, said(churned))
    assert found.predict_proba(given) == pytest.approx(expected)


@pytest.mark.parametrize("missing", [None, float("nan"), NAType()])
def test_what_is_missing_is_a_category_of_its_own_or_the_median(missing: Any) -> None:
    features, churned = labelled()
    holed = {"age": [missing, *features["age"][1:]], "plan": [*features["plan"][:-1], missing]}
    model = ContractualChurn().fit(holed, churned)
    assert np.isfinite(model.predict_proba(holed)).all()
    median = float(np.median(features["age"][1:]))
    unknown, middle = ({"age": [age], "plan": ["plus"]} for age in (missing, median))
    assert model.predict_proba(unknown).tolist() == model.predict_proba(middle).tolist()
    with pytest.raises(InvalidColumnError, match="age is empty"):
        ContractualChurn().fit({**features, "age": [missing] * 260}, churned)


def test_a_level_never_seen_before_is_nobodys_and_numbers_in_text_stay_categories() -> None:
    features, churned = labelled()
    model = ContractualChurn().fit({**features, "code": np.where(features["plan"] == "plus", "10", "20")}, churned)
    for plan, code in (("ultra", "10"), ("", "30"), ("plus", "")):
        found = model.predict_proba({"age": [40.0], "plan": [plan], "code": [code]})
        assert 0 < found[0, 1] < 1


def test_dates_and_spans_among_features_are_days() -> None:
    since = np.array(["2024-01-01", "2024-01-11"], "datetime64[s]")
    frame = Frame.of({"since": since, "when": DATES[:2], "span": np.array([36, 12], "timedelta64[h]")})
    assert frame.columns["since"].tolist() == [19723.0, 19733.0]
    assert frame.columns["when"].tolist() == [19727.0, 19754.0]
    assert frame.columns["span"].tolist() == [1.5, 0.5]
    assert not any(frame.is_category(name) for name in frame.names)


def test_decimals_and_nullable_numbers_are_numbers() -> None:
    frame = Frame.of({"a": [Decimal("1.5"), None], "b": np.array([1, NAType()], dtype=object), "c": [True, None]})
    assert [frame.is_category(name) for name in frame.names] == [False, False, True]
    assert frame.medians() == {"a": 1.5, "b": 1.0}
    assert frame.filled({"a": 9.0}).columns["a"].tolist() == [1.5, 9.0]
    holes = np.array(["x", None, float("nan"), NAType()], dtype=object)
    assert Frame.of({"d": holes}).texts("d") == ["x", "", "", ""]


def test_clusters_and_spells_take_columns_of_every_kind() -> None:
    random = np.random.default_rng(2)
    table = {"recency": random.integers(1, 300, 200), "frequency": random.poisson(3, 200)}
    one = KMeansSegments(k=2, random_state=1).fit(table)
    two = KMeansSegments(k=2, random_state=1).fit(Table({name: column.tolist() for name, column in table.items()}))
    assert (one.labels_ == two.labels_).all()
    spells = stage_spells(Column(["a", "a", "b"]), ["look", "buy", "look"], Column([1, 5, 2]), 9)
    assert spells.duration.tolist() == [4.0, 4.0, 7.0]
    found = absorption(Column(["look", "look"]), [4, 7], ["buy", NAType()], target="buy")["look"]
    assert found.n == 2
    assert kaplan_meier(Column([1, 2]), Column([True, False])).n == 2


def test_text_dates_of_a_whole_data_set_give_the_fit_of_its_dates() -> None:
    sold = cdnow.transactions()
    names = [f"customer {key}" for key in sold.customer]
    found = summarize_transactions(names, sold.date.astype(str), [str(value) for value in sold.value], "1997-09-30")
    model = BetaGeoNBD(prior=None).fit(found.frequency, found.recency / 7, found.age / 7)
    assert model.params_ == pytest.approx({"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}, rel=1e-3)
    assert GammaGamma(prior=None).fit(found.frequency, found.mean_value).n_ == 946

"""What the Customers page asks the API for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ui.client import ApiClient
from ui.pages.customers.query import CustomersQuery
from ui.records import Money, PageInfo, Record, TotalCount


class CustomerRow(Record):
    id: str
    external_id: str
    name: str
    country: str | None = None
    order_count: int
    last_order_at: datetime | None = None
    total_spent: Money


class CustomerList(Record):
    nodes: Sequence[CustomerRow]
    page_info: PageInfo
    total_count: TotalCount


class Zone(Record):
    time_zone: str
    currency: str
    name: str


class CustomersAnswer(Record):
    """`segments` are the names of those that the query is of, by id."""

    tenant: Zone
    customers: CustomerList
    segments: Mapping[str, str] = {}


class _Segment(Record):
    name: str


class _SegmentAnswer(Record):
    segment: _Segment | None = None


class Country(Record):
    country: str
    customers: int


class TenantNow(Zone):
    now: datetime


class FilterChoices(Record):
    tenant: TenantNow
    customer_countries: Sequence[Country]


class SavedView(Record):
    id: str
    name: str
    query: str
    shared: bool
    mine: bool
    owner: str


class _Views(Record):
    nodes: Sequence[SavedView]


class _ViewsAnswer(Record):
    saved_views: _Views


class _Wrong(Record):
    message: str


class _Done(Record):
    user_errors: Sequence[_Wrong]


class _DoneAnswer(Record):
    done: _Done


async def load_views(client: ApiClient) -> Sequence[SavedView]:
    return (await client.run("SavedViews", _ViewsAnswer)).saved_views.nodes


async def change_view(client: ApiClient, action: str, target: str, new: Mapping[str, Any]) -> list[str]:
    """What was wrong with it, in words; nothing when it is done."""
    operation, given = {
        "create": ("SavedViewCreate", dict(new)),
        "share": ("SavedViewUpdate", {"id": target, "shared": True}),
        "unshare": ("SavedViewUpdate", {"id": target, "shared": False}),
        "delete": ("SavedViewDelete", {"id": target}),
    }[action]
    answer = await client.run(operation, _DoneAnswer, {"input": given})
    return [one.message for one in answer.done.user_errors]


async def load_choices(client: ApiClient) -> FilterChoices:
    return await client.run("CustomerFilters", FilterChoices)


async def load(client: ApiClient, query: CustomersQuery) -> CustomersAnswer:
    answer = await client.run("Customers", CustomersAnswer, query.variables())
    asked = {query.filters[name] for name in ("segment", "movedFrom", "movedTo") if name in query.filters}
    found = {one: (await client.run("SegmentName", _SegmentAnswer, {"id": one})).segment for one in sorted(asked)}
    named = {one: segment.name for one, segment in found.items() if segment is not None}
    return answer.model_copy(update={"segments": named}) if named else answer

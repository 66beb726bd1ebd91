"""What the Customers page asks the API for."""

from collections.abc import Mapping, Sequence
from datetime import datetime

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


async def load_choices(client: ApiClient) -> FilterChoices:
    return await client.run("CustomerFilters", FilterChoices)


async def load(client: ApiClient, query: CustomersQuery) -> CustomersAnswer:
    answer = await client.run("Customers", CustomersAnswer, query.variables())
    asked = {query.filters[name] for name in ("segment", "movedFrom", "movedTo") if name in query.filters}
    found = {one: (await client.run("SegmentName", _SegmentAnswer, {"id": one})).segment for one in sorted(asked)}
    named = {one: segment.name for one, segment in found.items() if segment is not None}
    return answer.model_copy(update={"segments": named}) if named else answer

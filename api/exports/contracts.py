"""A list as it leaves: what its columns are, and its rows."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.auth.permissions import Permission

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """`filters` are what was asked for, in words for the header; `rows` come in the order of the GraphQL list."""

    columns: tuple[str, ...]
    rows: AsyncIterator[Row]
    filters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExportName:
    """What a file is called and says about itself."""

    tenant: str
    listing: str
    synthetic: bool
    as_of: datetime
    time_zone: str

    def file_name(self, extension: str) -> str:
        mark = "-synthetic" if self.synthetic else ""
        return f"{self.tenant}-{self.listing}-{self.as_of:%Y-%m-%dT%H%MZ}{mark}.{extension}"


NEEDS: dict[str, frozenset[Permission]] = {
    "customers": frozenset({Permission.CUSTOMERS_EXPORT}),
    "orders": frozenset({Permission.CUSTOMERS_EXPORT}),
    "order_lines": frozenset({Permission.CUSTOMERS_EXPORT}),
    "events": frozenset({Permission.CUSTOMERS_EXPORT, Permission.EVENTS_READ}),
    "conversations": frozenset({Permission.CUSTOMERS_EXPORT, Permission.CONVERSATIONS_READ}),
    "messages": frozenset({Permission.CUSTOMERS_EXPORT, Permission.CONVERSATIONS_READ}),
    "predictions": frozenset({Permission.CUSTOMERS_EXPORT, Permission.ANALYTICS_EXPORT}),
    "audit_entries": frozenset({Permission.AUDIT_VIEW}),
    "metric_series": frozenset({Permission.ANALYTICS_EXPORT}),
}

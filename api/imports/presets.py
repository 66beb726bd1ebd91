"""Mappings with a name, for files that many people have."""

from dataclasses import dataclass
from typing import Final

from api.errors import BadInputError
from api.imports.contracts import Kind
from api.imports.mapping import Mapping, Rules, Source


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    label: str
    kind: Kind
    mapping: Mapping


ONLINE_RETAIL: Final = Preset(
    "online_retail",
    "Online Retail (UCI)",
    Kind.ORDERS,
    Mapping(
        source="online-retail",
        fields={
            "order_id": Source(column="InvoiceNo"),
            "placed_at": Source(column="InvoiceDate"),
            "customer_id": Source(column="CustomerID"),
            "customer_name": Source(template="Customer {CustomerID}"),
            "customer_country": Source(column="Country"),
            "sku": Source(column="StockCode"),
            "description": Source(column="Description"),
            "quantity": Source(column="Quantity"),
            "unit_price": Source(column="UnitPrice"),
            "currency": Source(constant="GBP"),
        },
        date_formats=("iso", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M"),
        time_zone="Europe/London",
        rounding="half_even",
        rules=Rules(cancellation_prefix="C", ignored_prefix="A", drop_duplicates=True, message_id_prefix="invoice-"),
    ),
)
"""The written rule of the demo's data: docs/demo-data.md."""

PRESETS: Final = {preset.name: preset for preset in (ONLINE_RETAIL,)}


def preset(name: str) -> Preset:
    if name not in PRESETS:
        raise BadInputError(f"There is no preset {name!r}.", hint=f"There are: {', '.join(PRESETS)}.", path=("preset",))
    return PRESETS[name]


def fitting(columns: tuple[str, ...]) -> Preset | None:
    """The preset whose columns the file has."""
    for one in PRESETS.values():
        needed = {source.column for source in one.mapping.fields.values() if source.column is not None}
        if needed <= set(columns):
            return one
    return None

"""What lists of orders can be narrowed down to and sorted by."""

from enum import Enum
from typing import ClassVar

import strawberry

from api.graphql.lists import SortDirection
from api.graphql.where import ALL_GIVEN, Choice, IdWhere, TextWhere, TimeWhere, WholeWhere, combined


@strawberry.enum(description="A cancellation is an order of its own, with negative amounts.")
class OrderKind(Enum):
    ORDER = "order"
    CANCELLATION = "cancellation"


@strawberry.input(description=ALL_GIVEN)
class OrderWhere:
    __ids__: ClassVar = {"customer": "Customer"}
    AND: list["OrderWhere"] | None = combined("AND")
    OR: list["OrderWhere"] | None = combined("OR")
    NOT: "OrderWhere | None" = combined("NOT")
    external_id: TextWhere | None = None
    kind: Choice[OrderKind] | None = None
    customer: IdWhere | None = None
    placed_at: TimeWhere | None = None
    total: WholeWhere | None = strawberry.field(default=None, description="In minor units.")


@strawberry.enum(description="What orders can be sorted by.")
class OrderOrderField(Enum):
    PLACED_AT = "placed_at"


@strawberry.input(description="One thing to sort by.")
class OrderOrder:
    field: OrderOrderField
    direction: SortDirection = SortDirection.DESC


@strawberry.input(description=ALL_GIVEN)
class OrderLineWhere:
    AND: list["OrderLineWhere"] | None = combined("AND")
    OR: list["OrderLineWhere"] | None = combined("OR")
    NOT: "OrderLineWhere | None" = combined("NOT")
    sku: TextWhere | None = None
    quantity: WholeWhere | None = None
    total: WholeWhere | None = strawberry.field(default=None, description="In minor units.")


@strawberry.enum(description="What the lines of an order can be sorted by.")
class OrderLineOrderField(Enum):
    NUMBER = "number"


@strawberry.input(description="One thing to sort by.")
class OrderLineOrder:
    field: OrderLineOrderField
    direction: SortDirection = SortDirection.ASC

"""The business records that four kinds of event carry in their properties, as they are checked at the door."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(min_length=1, max_length=200)]
Amount = Annotated[int, Field(ge=-(10**15), le=10**15)]
MAXIMUM_LINES: Final = 5_000


class Record(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", strict=True)


class Line(Record):
    sku: Name
    description: Annotated[str, Field(max_length=500)] = ""
    quantity: Annotated[int, Field(ge=-(10**9), le=10**9)]
    unit_amount: Amount

    @property
    def total(self) -> int:
        return self.quantity * self.unit_amount


class Order(Record):
    order_id: Name
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    lines: Annotated[list[Line], Field(min_length=1, max_length=MAXIMUM_LINES)]

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)


class Completed(Order):
    pass


class Cancelled(Order):
    pass


class ConversationOpened(Record):
    conversation_id: Name
    channel: Name
    subject: Annotated[str, Field(max_length=500)] = ""


class MessageSent(Record):
    conversation_id: Name
    message_id: Name
    author: Literal["customer", "agent"]
    body: Annotated[str, Field(max_length=20_000)]


class ConversationClosed(Record):
    conversation_id: Name
    rating: Annotated[int, Field(ge=1, le=5)] | None = None


RECORDS: Final[dict[str, type[Record]]] = {
    "order_completed": Completed,
    "order_cancelled": Cancelled,
    "conversation_opened": ConversationOpened,
    "message_sent": MessageSent,
    "conversation_closed": ConversationClosed,
}

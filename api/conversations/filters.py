"""What lists of conversations and messages can be narrowed down to and sorted by."""

from enum import Enum
from typing import ClassVar

import strawberry

from api.graphql.lists import SortDirection
from api.graphql.where import ALL_GIVEN, Choice, IdWhere, TextWhere, TimeWhere, WholeWhere, combined


@strawberry.enum(description="Who wrote a message.")
class MessageAuthor(Enum):
    CUSTOMER = "customer"
    AGENT = "agent"


@strawberry.input(description=ALL_GIVEN)
class ConversationWhere:
    __ids__: ClassVar = {"customer": "Customer"}
    AND: list["ConversationWhere"] | None = combined("AND")
    OR: list["ConversationWhere"] | None = combined("OR")
    NOT: "ConversationWhere | None" = combined("NOT")
    external_id: TextWhere | None = None
    channel: TextWhere | None = None
    customer: IdWhere | None = None
    opened_at: TimeWhere | None = None
    closed_at: TimeWhere | None = strawberry.field(default=None, description="Missing while it is open.")
    rating: WholeWhere | None = None


@strawberry.enum(description="What conversations can be sorted by.")
class ConversationOrderField(Enum):
    OPENED_AT = "opened_at"


@strawberry.input(description="One thing to sort by.")
class ConversationOrder:
    field: ConversationOrderField
    direction: SortDirection = SortDirection.DESC


@strawberry.input(description=ALL_GIVEN)
class MessageWhere:
    AND: list["MessageWhere"] | None = combined("AND")
    OR: list["MessageWhere"] | None = combined("OR")
    NOT: "MessageWhere | None" = combined("NOT")
    author: Choice[MessageAuthor] | None = None
    sent_at: TimeWhere | None = None


@strawberry.enum(description="What messages can be sorted by.")
class MessageOrderField(Enum):
    SENT_AT = "sent_at"


@strawberry.input(description="One thing to sort by.")
class MessageOrder:
    field: MessageOrderField
    direction: SortDirection = SortDirection.ASC

"""What customers agree to, in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.events import consent_repository as repository
from api.events.contracts import ConsentRecord
from api.graphql.context import Context
from api.graphql.permissions import Requirement


@strawberry.enum(
    description="What data may be used for. A refusal of MARKETING blocks every action for the customer; one of "
    "PROFILING its actions and its predictions. ANALYTICS is kept and shown, and withholds nothing."
)
class ConsentPurpose(Enum):
    ANALYTICS = "analytics"
    MARKETING = "marketing"
    PROFILING = "profiling"


@strawberry.type(description="What a customer said last about one purpose.")
class CustomerConsent:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    purpose: ConsentPurpose
    granted: bool
    said_at: datetime
    source: str = strawberry.field(description="Through which of the tenant's systems, or by whom it was entered.")

    @classmethod
    def of(cls, record: ConsentRecord) -> "CustomerConsent":
        return cls(
            purpose=ConsentPurpose(record.purpose), granted=record.granted, said_at=record.said_at, source=record.source
        )


async def consents_of_customer(context: Context, customer_id: UUID) -> list[CustomerConsent]:
    records = await context.loader(repository.load_consents, UUID).load(customer_id)
    return [CustomerConsent.of(record) for record in records]

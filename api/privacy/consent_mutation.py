"""Entering what a customer said about a purpose."""

from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.customers.loaders import customer_by_key
from api.customers.types import Customer
from api.errors import CipError
from api.events.consent import Purpose
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.privacy.consent_service import Consents
from api.privacy.consent_types import ConsentPurpose
from api.privacy.service import no_such_customer


@strawberry.input(description="What a customer said now.")
class CustomerConsentSetInput:
    customer_id: strawberry.ID
    purpose: ConsentPurpose
    granted: bool


@strawberry.type(description="The customer as it is now.")
class CustomerConsentSetPayload:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_UPDATE
    customer: Customer | None
    user_errors: list[UserError]


@strawberry.type
class ConsentMutation:
    @mutation(Permission.CUSTOMERS_UPDATE, "Enters whether a customer agrees to a purpose. The last word counts.")
    async def customer_consent_set(
        self,
        info: Info,
        input: CustomerConsentSetInput,  # noqa: A002
    ) -> CustomerConsentSetPayload:
        context = info.context
        consents = Consents(context.services.database, context.services.now)
        try:
            customer_id = key_of("Customer", input.customer_id)
            if customer_id is None:
                raise no_such_customer()
            await consents.set(
                context.tenant_id,
                customer_id,
                Purpose(input.purpose.value),
                granted=input.granted,
                actor=context.principal.actor,
            )
        except CipError as error:
            return CustomerConsentSetPayload(customer=None, user_errors=[user_error(error)])
        await context.renew()
        return CustomerConsentSetPayload(customer=await customer_by_key(context, customer_id), user_errors=[])

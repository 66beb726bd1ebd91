"""Saved views in GraphQL: one's own, and those that others share."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.auth.principal import Principal
from api.cache.freshness import Freshness, Tag
from api.customers import view_repository as repository
from api.customers.view_contracts import SavedViewRecord, ViewForm
from api.customers.view_service import SavedViews
from api.errors import CipError
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import NOBODY, Context, Info
from api.graphql.ids import global_id, key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Access, Requirement, field, mutation
from models.keyset import Position

QUERY = "What stands in the address of the page of customers after the `?`."
SHARED = "Whether everybody of the tenant may see it. Only its owner may change it."
VIEWS = Freshness(
    frozenset({Tag.VIEWS, Tag.ACCOUNTS}),
    60.0,
    "Saved now and then, and announced; while Redis is away another process shows a new one a minute late.",
    per_user=True,
)
VIEWS_CHANGE = frozenset({Tag.VIEWS})


@strawberry.type(description="A name for filters, search and order of the list of customers.")
class SavedView:
    __needs__: ClassVar[Requirement] = Access.PERSON
    id: strawberry.ID
    name: str
    query: str = strawberry.field(description=QUERY)
    shared: bool = strawberry.field(description=SHARED)
    mine: bool = strawberry.field(description="Whether you made it, and may change it.")
    owner: str = strawberry.field(description="The name of whoever made it.")
    updated_at: datetime

    @classmethod
    def of(cls, record: SavedViewRecord, person: Principal) -> "SavedView":
        return cls(
            id=global_id("SavedView", record.id),
            name=record.name,
            query=record.query,
            shared=record.shared,
            mine=record.owner_id == person.account_id,
            owner=record.owner,
            updated_at=record.updated_at,
        )


@strawberry.input(description="A new view, under a name that you do not use yet.")
class SavedViewCreateInput:
    name: str
    query: str = strawberry.field(description=QUERY)
    shared: bool = strawberry.field(default=False, description=SHARED)


@strawberry.input(description="What of your view is to change; what is left out stays.")
class SavedViewUpdateInput:
    id: strawberry.ID
    name: str | None = None
    query: str | None = strawberry.field(default=None, description=QUERY)
    shared: bool | None = strawberry.field(default=None, description=SHARED)


@strawberry.input(description="Which of your views.")
class SavedViewDeleteInput:
    id: strawberry.ID


@strawberry.type(description="The view as it is now.")
class SavedViewPayload:
    __needs__: ClassVar[Requirement] = Access.PERSON
    view: SavedView | None
    user_errors: list[UserError]


@strawberry.type(description="The id that is no more.")
class SavedViewDeletePayload:
    __needs__: ClassVar[Requirement] = Access.PERSON
    deleted_id: strawberry.ID | None
    user_errors: list[UserError]


@strawberry.type
class SavedViewQuery:
    @field(Access.PERSON, "Your views of the list of customers and those that are shared, by name.", cached=VIEWS)
    async def saved_views(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[SavedView]:
        context, person = info.context, info.context.principal
        paging = Paging.of(context, "savedViews", repository.BY_NAME, str(person.account_id))
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def node(record: SavedViewRecord) -> SavedView:
            return SavedView.of(record, person)

        def position(record: SavedViewRecord) -> Position:
            return Position(record.sort_name, record.id)

        async def count() -> int:
            return await repository.count_views(context.snapshot, person.account_id)

        part = await repository.list_views(context.snapshot, person.account_id, page)
        return paging.connect(context, part, node, position, count)


@strawberry.type
class SavedViewMutation:
    @mutation(Access.PERSON, "Saves a view.", changes=VIEWS_CHANGE)
    async def saved_view_create(self, info: Info, input: SavedViewCreateInput) -> SavedViewPayload:  # noqa: A002
        person = info.context.principal
        try:
            form = ViewForm(input.name, input.query, input.shared)
            record = await _views(info.context).create(person, form)
        except CipError as error:
            return SavedViewPayload(view=None, user_errors=[user_error(error)])
        return SavedViewPayload(view=SavedView.of(record, person), user_errors=[])

    @mutation(Access.PERSON, "Changes a view of yours.", changes=VIEWS_CHANGE)
    async def saved_view_update(self, info: Info, input: SavedViewUpdateInput) -> SavedViewPayload:  # noqa: A002
        person = info.context.principal
        try:
            key = key_of("SavedView", input.id) or NOBODY
            record = await _views(info.context).update(
                person, key, name=input.name, query=input.query, shared=input.shared
            )
        except CipError as error:
            return SavedViewPayload(view=None, user_errors=[user_error(error)])
        return SavedViewPayload(view=SavedView.of(record, person), user_errors=[])

    @mutation(Access.PERSON, "Forgets a view of yours.", changes=VIEWS_CHANGE)
    async def saved_view_delete(self, info: Info, input: SavedViewDeleteInput) -> SavedViewDeletePayload:  # noqa: A002
        try:
            await _views(info.context).delete(info.context.principal, key_of("SavedView", input.id) or NOBODY)
        except CipError as error:
            return SavedViewDeletePayload(deleted_id=None, user_errors=[user_error(error)])
        return SavedViewDeletePayload(deleted_id=input.id, user_errors=[])


def _views(context: Context) -> SavedViews:
    return SavedViews(context.services.database, context.services.now)

"""What the list of next best actions asks the API for: by itself, since it weighs all of them for everybody."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ui.client import ApiClient
from ui.pages.customer.data import NextAction
from ui.records import CustomerLink, PageInfo, Record, TotalCount

PAGE_SIZE: Final = 10


class ProposedAction(NextAction):
    customer: CustomerLink


class ActionPage(Record):
    nodes: Sequence[ProposedAction]
    page_info: PageInfo
    total_count: TotalCount


class _Me(Record):
    role: str


class ActionsAnswer(Record):
    me: _Me
    actions: ActionPage

    @property
    def may_decide(self) -> bool:
        return self.me.role != "VIEWER"


async def load_actions(client: ApiClient, after: str | None = None, before: str | None = None) -> ActionsAnswer:
    page: Mapping[str, Any] = {"last": PAGE_SIZE, "before": before} if before else {"first": PAGE_SIZE, "after": after}
    return await client.run("PredictiveActions", ActionsAnswer, page)

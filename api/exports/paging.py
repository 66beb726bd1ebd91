"""A list page after page, one in memory at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from models.keyset import Page, Position, Slice

R = TypeVar("R")
PAGE: Final = 1_000


async def every(
    load: Callable[[Page], Awaitable[Slice[R]]], position: Callable[[R], Position], size: int = PAGE
) -> AsyncIterator[tuple[R, ...]]:
    after: Position | None = None
    while True:
        part = await load(Page(size, after))
        yield part.items
        if not part.has_next:
            return
        after = position(part.items[-1])

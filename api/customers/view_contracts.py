"""A named view of the list of customers: what is kept of it, and what a name and a query may be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from api.errors import BadInputError

MOST_NAME: Final = 80
MOST_QUERY: Final = 4_000
MOST_VIEWS: Final = 100
"""Of one person."""


@dataclass(frozen=True, slots=True)
class SavedViewRecord:
    id: UUID
    owner_id: UUID
    owner: str
    name: str
    sort_name: str
    query: str
    shared: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ViewForm:
    """Raises BadInputError for what cannot be kept. `query` is what stands in the page's address after the `?`."""

    name: str
    query: str
    shared: bool

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= MOST_NAME or not self.name.isprintable():
            raise BadInputError(f"The name of a view has 1 to {MOST_NAME} characters.", path=("name",))
        if len(self.query) > MOST_QUERY or not self.query.isprintable() or set(self.query) & set("#? "):
            raise BadInputError(
                f"A query is what follows the ? of an address, at most {MOST_QUERY} characters.", path=("query",)
            )

"""A row becomes a customer, or what is new about one."""

from collections.abc import Sequence

from api.events.contracts import CustomerRef
from api.imports.contracts import StagedRow
from api.imports.mapping import Binding
from api.imports.records.record import TRAITS, Built, Person, RefusedError, check_length, read_moment, refused


def build(binding: Binding, key: str, rows: Sequence[StagedRow]) -> Built:
    """Rows with one id follow each other, as they stand in the file."""
    facts = {"rows": len(rows), "records": 1}
    people = []
    for row in rows:
        try:
            check_length(binding, row)
            traits = {trait: binding.cell(name, row.cells) or None for name, trait in TRAITS.items()}
            people.append(Person(CustomerRef(key, **traits), read_moment(binding, row, "first_seen_at"), row.number))
        except RefusedError as error:
            return refused(key, rows, error.fault, facts)
    return Built(key, people=tuple(people), facts=facts)

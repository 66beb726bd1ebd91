"""SQL of reading the audit trail."""

from typing import Final

from api.audit.contracts import AuditRecord
from models import AuditEntry
from models.base import table
from models.filters import filters_of
from models.keyset import SortKey
from models.listing import RowList

entry = table(AuditEntry)
NEWEST_FIRST: Final = SortKey("at", entry.c.at, entry.c.id, descending=True)


ENTRIES: Final = RowList(
    AuditRecord, entry, (NEWEST_FIRST,), filters_of("actor", "action", "outcome", "at", source=entry.c)
)

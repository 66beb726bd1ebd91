"""Documents that were parsed and found valid: both depend on the text alone, and cost more than most executions."""

from collections import OrderedDict
from hashlib import sha256
from typing import Final

from graphql import DocumentNode

MAXIMUM_DOCUMENTS: Final = 512
MAXIMUM_LENGTH: Final = 1024 * 1024
"""Characters of text in all; a parsed document takes some fifty bytes for each."""


class Documents:
    """The least recently used go first."""

    def __init__(self, *, maximum: int = MAXIMUM_DOCUMENTS, maximum_length: int = MAXIMUM_LENGTH) -> None:
        self._maximum = maximum
        self._maximum_length = maximum_length
        self._known: OrderedDict[bytes, tuple[DocumentNode, int]] = OrderedDict()
        self.length = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, text: str) -> DocumentNode | None:
        digest = _digest(text)
        known = self._known.get(digest)
        if known is None:
            return None
        self._known.move_to_end(digest)
        return known[0]

    def put(self, text: str, document: DocumentNode) -> None:
        """Only what validation has found nothing wrong with."""
        digest = _digest(text)
        if digest in self._known:
            return
        self._known[digest] = (document, len(text))
        self.length += len(text)
        while len(self._known) > self._maximum or self.length > self._maximum_length:
            _, (_, length) = self._known.popitem(last=False)
            self.length -= length


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()

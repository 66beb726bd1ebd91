"""How many sockets there may be: of one user, and of one tenant, in one process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from api.auth.principal import Principal
from api.graphql.sockets.frames import TOO_MANY, Closing


@dataclass(frozen=True, slots=True)
class Caps:
    operations_of_a_socket: int = 20
    sockets_of_a_user: int = 5
    sockets_of_a_tenant: int = 200
    streams_of_a_user: int = 20
    """Each carries one operation."""


CAPS: Final = Caps()


class Admission:
    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._of: Counter[UUID] = Counter()

    @contextmanager
    def admitted(self, principal: Principal, own: int | None = None) -> Iterator[None]:
        """Raises Closing when there are too many already. `own` is what the tenant allows itself."""
        places = (
            (principal.account_id, self._caps.sockets_of_a_user, "user"),
            (principal.tenant_id, min(own or self._caps.sockets_of_a_tenant, self._caps.sockets_of_a_tenant), "tenant"),
        )
        for identity, most, of in places:
            if self._of[identity] >= most:
                raise Closing(TOO_MANY, f"A {of} may have {most} open sockets")
        for identity, _, _ in places:
            self._of[identity] += 1
        try:
            yield
        finally:
            for identity, _, _ in places:
                self._of[identity] -= 1
                if not self._of[identity]:
                    del self._of[identity]

"""Guessing passwords is slow: tries are counted for each account, whether or not it exists, and each address."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from api.errors import ThrottledError
from api.limits.bucket import Limit, LocalBuckets, wait_seconds
from api.limits.shared import SharedBuckets
from api.streams import keys

OF_AN_ACCOUNT: Final = Limit(capacity=10, rate=1 / 30)
"""Ten tries, then one every half minute: 2,880 guesses a day."""
OF_AN_ADDRESS: Final = Limit(capacity=300, rate=1.0)
"""An address may be a whole office's, or a proxy's."""
MESSAGE: Final = "There were too many tries to log in."


@dataclass(frozen=True, slots=True)
class LoginThrottle:
    shared: SharedBuckets | None
    local: LocalBuckets
    account: Limit = OF_AN_ACCOUNT
    address: Limit = OF_AN_ADDRESS
    enabled: bool = True

    async def count(self, tenant: str, name: str, address: str | None) -> None:
        """Before the password is looked at. Raises ThrottledError, of which nobody learns whether the name exists."""
        if not self.enabled:
            return
        limits = {keys.login_bucket(_digest("account", tenant, name)): self.account}
        if address is not None:
            limits[keys.login_bucket(_digest("address", address))] = self.address
        taken = None if self.shared is None else await self.shared.take(limits, 1, 1)
        taken = taken or self.local.take(limits, 1)
        if not taken.granted:
            raise ThrottledError(wait_seconds(1, limits, taken.levels), MESSAGE)

    async def count_address(self, address: str | None) -> None:
        """For ways in that have no password to guess, and still cost. Raises ThrottledError."""
        if not self.enabled or address is None:
            return
        limits = {keys.login_bucket(_digest("address", address)): self.address}
        taken = None if self.shared is None else await self.shared.take(limits, 1, 1)
        taken = taken or self.local.take(limits, 1)
        if not taken.granted:
            raise ThrottledError(wait_seconds(1, limits, taken.levels), MESSAGE)

    async def succeeded(self, tenant: str, name: str) -> None:
        """Whoever knows the password has not guessed: the account's tries are given back."""
        if not self.enabled:
            return
        name = keys.login_bucket(_digest("account", tenant, name))
        self.local.forget(name)
        if self.shared is not None:
            await self.shared.forget(name)


def _digest(*parts: str) -> str:
    """Neither names nor addresses are kept."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).hexdigest()

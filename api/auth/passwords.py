"""Passwords by argon2id, in few threads of their own: hashing is slow on purpose and must not stall the loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from api.errors import BadInputError

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 256
THREADS = 2


class Passwords:
    def __init__(self) -> None:
        self._hasher = PasswordHash([Argon2Hasher()])
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._nobody = self._hasher.hash("the hash that an unknown user is checked against")

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Takes the same time whether there is a stored hash or not."""
        matches = await asyncio.get_running_loop().run_in_executor(
            self._pool, self._verify, password[:MAXIMUM_LENGTH], stored or self._nobody
        )
        return matches and stored is not None

    def _verify(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(password, stored)
        except UnknownHashError:
            return False

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def check_strength(password: str, *, path: str = "password") -> None:
    if not MINIMUM_LENGTH <= len(password) <= MAXIMUM_LENGTH:
        raise BadInputError(f"A password has {MINIMUM_LENGTH} to {MAXIMUM_LENGTH} characters.", path=(path,))

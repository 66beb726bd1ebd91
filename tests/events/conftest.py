"""A database that the examples of a property share: each makes a tenant of its own in it."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.support import services


@pytest.fixture
def examples_database() -> Iterator[str]:
    name = f"cip_test_{uuid4().hex}"
    asyncio.run(services.clone_template(name))
    yield name
    asyncio.run(services.drop(name))

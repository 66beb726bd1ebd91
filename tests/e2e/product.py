"""The whole product as people run it: `cip serve` in a process of its own, on a database and a Valkey of its own."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx

from api.actions.contracts import Catalogue
from api.actions.defaults import DEFAULT
from api.actions.service import Actions
from api.actions.sources import LIKELIHOODS
from api.embedded.valkey import EmbeddedValkey
from models.database import Database
from tests.support import services
from tests.support.world import PASSWORD, fill, ingest, make_tenant, order

SECRET: Final = "the browser tests' own secret, long enough"
TENANT: Final = "acme"
SHOP: Final = "shop"
START_SECONDS: Final = 180.0


def real_now() -> datetime:
    return datetime.now(UTC)


class Product:
    """Started and stopped by the tests; the port and the data outlive a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.database = f"cip_e2e_{uuid4().hex}"
        self.valkey = EmbeddedValkey(folder / "valkey")
        self.log = folder / "serve.log"
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        self.valkey.start()
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        await services.clone_template(self.database)
        database = Database.connect(services.application_url(self.database), pool_size=2)
        try:
            acme = await make_tenant(database, TENANT, "acmecanary")
            await fill(database, acme, customers=30, now=real_now)
            globex = await make_tenant(database, "globex", "globexcanary", currency="EUR")
            await fill(database, globex, customers=2, now=real_now)
            await make_tenant(database, "empty", "emptycanary")
            await _fill_shop(database)
        finally:
            await database.close()

    def start(self) -> None:
        environment = {
            **os.environ,
            "DATABASE_URL": services.application_url(self.database).replace("+asyncpg", ""),
            "REDIS_URL": self.valkey.url,
            "JWT_SECRET_KEY": SECRET,
            "ENVIRONMENT": "test",
            # The identity provider of the tests is on this machine.
            "WEBHOOK_PRIVATE_ADDRESSES": "true",
            "PORT": str(self.port),
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command(), env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def command(self) -> list[str]:
        return [str(Path(sys.executable).with_name("cip")), "serve", "--with-worker"]

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def remove(self) -> None:
        self.stop()
        self.valkey.stop()
        asyncio.run(services.drop(self.database))

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False


async def _fill_shop(database: Database) -> None:
    """Customers who ordered 50 days ago, a third of them again: enough to weigh an action, at every hour of the day."""
    shop = await make_tenant(database, SHOP, "shopcanary")
    then = real_now() - timedelta(days=50)
    orders = [order(shop, number, customer=number, amount=9_000, at=then) for number in range(45)]
    again = [
        order(shop, 100 + number, customer=number, amount=100, at=then + timedelta(days=40)) for number in range(15)
    ]
    await ingest(database, shop, *orders, *again, now=real_now)
    never_quiet = Catalogue(DEFAULT.actions, replace(DEFAULT.limits, quiet_from=0, quiet_to=0))
    await Actions(database, LIKELIHOODS, real_now).set_catalogue(shop.id, never_quiet, actor="test")


class ApiUser:
    """A partner's program, to compare with what the pages show."""

    def __init__(self, url: str, username: str, tenant: str = TENANT) -> None:
        self._http = httpx.Client(base_url=url, timeout=10)
        login = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }"
        variables: dict[str, object] = {"input": {"tenant": tenant, "username": username, "password": PASSWORD}}
        self.token = str(self.data(login, variables)["login"]["accessToken"])
        self._http.headers["authorization"] = f"Bearer {self.token}"

    def data(self, query: str, variables: dict[str, object] | None = None) -> dict[str, dict[str, object]]:
        answer = self._http.post("/graphql", json={"query": query, "variables": variables or {}}).json()
        assert "errors" not in answer, answer
        found: dict[str, dict[str, object]] = answer["data"]
        return found

    def order(self, number: int, amount: int) -> None:
        """One order of a guest, now; `amount` in minor units."""
        properties = {
            "orderId": f"live-{number}",
            "lines": [{"sku": "x", "description": "x", "quantity": 1, "unitAmount": amount}],
        }
        event = {"messageId": f"live-{number}", "name": "order_completed", "properties": properties}
        mutation = "mutation($e: [EventInput!]!) { eventsIngest(input: {events: $e}) { verdicts { status } } }"
        verdicts = self.data(mutation, {"e": [event]})["eventsIngest"]["verdicts"]
        assert verdicts == [{"status": "ACCEPTED"}]

    def close(self) -> None:
        self._http.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

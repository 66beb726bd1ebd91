"""Running the web application."""

import errno
import gc
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from api.cli.faults import CommandError

if TYPE_CHECKING:
    from starlette.applications import Starlette

FIRST_FREE_PORT = 1024
UNREAD_MILLISECONDS = 60_000
"""After which the kernel drops a connection whose peer takes nothing: no close frame would ever reach it."""


def protocol_options() -> dict[str, Any]:
    """How uvicorn speaks HTTP and WebSocket, here and in the tests."""
    from api.graphql.limits import FRAME_LIMIT
    from api.http.websockets import WebSocketProtocol

    return {
        "http": "httptools",
        "ws": WebSocketProtocol,
        "ws_per_message_deflate": False,
        "ws_max_size": FRAME_LIMIT,
        "log_config": None,
        "access_log": True,
        "server_header": False,
    }


def claim_port(host: str, port: int) -> socket.socket:
    """Bound, not yet listening: nobody connects to a server that is still starting."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CommandError(f"host {host}: {error.strerror}") from None
    claimed = socket.socket(family, kind, protocol)
    claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted connections inherit it
        claimed.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MILLISECONDS)
    try:
        claimed.bind(address)
    except OSError as error:
        claimed.close()
        if error.errno == errno.EADDRINUSE:
            raise CommandError(f"port {port} on {host} is taken, choose another one with PORT=...") from None
        if error.errno == errno.EACCES:
            raise CommandError(
                f"port {port} needs more rights, choose one from {FIRST_FREE_PORT} with PORT=..."
            ) from None
        raise CommandError(f"port {port} on {host}: {error.strerror}") from None
    return claimed


def keep_what_stands() -> None:
    """What was made while starting stays to the end. Otherwise each full collection looks through a quarter of a
    million objects for garbage that is not there, and for 0.1 s nobody is answered."""
    gc.collect()
    gc.freeze()


def run(app: "Starlette", claimed: socket.socket, announce: Callable[[], None]) -> None:
    """Until SIGINT or SIGTERM; `announce` is called once it answers."""
    import uvicorn

    class AnnouncingServer(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            try:
                await super().startup(sockets)
            except SystemExit:
                raise CommandError("the server did not start, the reason is in the lines above") from None
            if self.started:
                keep_what_stands()
                announce()

    server = AnnouncingServer(
        uvicorn.Config(app, loop="uvloop", lifespan="on", timeout_graceful_shutdown=5, **protocol_options())
    )
    try:
        server.run(sockets=[claimed])
    finally:
        gc.unfreeze()

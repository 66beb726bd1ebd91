"""Calls to addresses that tenants name reach the public internet, and nothing else."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.responses import RedirectResponse, Response, StreamingResponse

from api.errors import BadInputError
from api.outgoing import CallError, Outgoing, Resolve, is_public
from api.settings import ConfigurationError, load_settings
from tests.cli.test_settings import GOOD, PRODUCTION
from tests.webhooks.receiver import Received, Receiver

PUBLIC = ["8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450:4009:80b::200e"]
CLOSED = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.1.1",
    "169.254.169.254", "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.170",
    "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
    "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1",
]  # fmt: skip
SPELLINGS = [
    "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a00:1]/",
    "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://[64:ff9b::a9fe:a9fe]/",
    "https://10.0.0.1:8443/x",
]  # fmt: skip
NAMES_OF_THIS_MACHINE = ["localhost", "127.1", "2130706433", "0x7f.0.0.1", "017700000001", "0"]
"""What getaddrinfo makes of them is what counts, not how they look."""


def answering(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


async def code_of(outgoing: Outgoing, url: str) -> str:
    with pytest.raises(CallError) as refused:
        await outgoing.post(url, {}, b"{}")
    return refused.value.code


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", CLOSED)
async def test_no_other_address_is_called_whatever_name_leads_to_it(address: str) -> None:
    assert not is_public(ip_address(address))
    outgoing = Outgoing(resolve=answering(address))
    assert await code_of(outgoing, "https://hook.example/") == "ADDRESS_REFUSED"


async def test_one_closed_address_among_public_ones_refuses_the_name() -> None:
    assert await code_of(Outgoing(resolve=answering("8.8.8.8", "10.0.0.1")), "https://x.example/") == "ADDRESS_REFUSED"


@pytest.mark.parametrize("url", SPELLINGS)
async def test_a_closed_address_in_a_url_is_refused_when_it_is_saved_and_when_it_is_called(url: str) -> None:
    with pytest.raises(BadInputError, match="public internet"):
        Outgoing().check(url)
    assert await code_of(Outgoing(), url) == "URL_REFUSED"


@pytest.mark.parametrize("name", NAMES_OF_THIS_MACHINE)
async def test_other_spellings_of_this_machine_are_refused_when_they_are_called(name: str) -> None:
    assert await code_of(Outgoing(), f"https://{name}/") in ("ADDRESS_REFUSED", "URL_REFUSED")


@pytest.mark.parametrize(
    "url",
    [
        "http://hook.example/", "ftp://hook.example/", "file:///etc/passwd", "gopher://hook.example/",
        "//hook.example/", "https://", "https:///x", "hook.example", "https://user:word@hook.example/", "https://hook.example/#part",
        "https://hook.example/a b", "https://hook.example/\n", "https://hook.example:99999/", "https://[::1", "",
        "https://hook.example/" + "x" * 2_000,
    ],
)  # fmt: skip
def test_what_is_no_plain_https_url_is_refused(url: str) -> None:
    with pytest.raises(BadInputError):
        Outgoing().check(url)


async def test_a_name_is_resolved_once_and_the_checked_address_is_called(receiver: Receiver) -> None:
    """A name that answers otherwise the second time is never asked a second time."""
    asked = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    url = receiver.url.replace("127.0.0.1", "hook.example")
    answer = await Outgoing(allows_private=True, resolve=rebinding).post(url, {"x-one": "1"}, b"{}")
    assert (answer.status, asked) == (204, ["hook.example"])
    [received] = receiver.take()
    assert received.headers["host"].startswith("hook.example:")
    assert received.headers["x-one"] == "1"

    asked.clear()
    assert await code_of(Outgoing(allows_plain=True, resolve=rebinding), url) == "ADDRESS_REFUSED"
    assert asked == ["hook.example"]
    assert receiver.take() == []


async def test_redirects_are_answers_and_not_followed(receiver: Receiver) -> None:
    async def elsewhere(_: Received) -> Response:
        return RedirectResponse(receiver.url, status_code=307)

    receiver.behave = elsewhere
    answer = await Outgoing(allows_private=True).post(receiver.url, {}, b"{}")
    assert answer.status == 307
    assert len(receiver.take()) == 1


async def test_a_receiver_that_never_answers_is_given_up(receiver: Receiver) -> None:
    given_up = asyncio.Event()

    async def hang(_: Received) -> Response:
        await given_up.wait()
        return Response()

    receiver.behave = hang
    assert await code_of(Outgoing(allows_private=True, seconds=0.3), receiver.url) == "TIMEOUT"
    given_up.set()


async def test_an_answer_without_end_is_cut_off(receiver: Receiver) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 4096
            await asyncio.sleep(0)

    async def answer(_: Received) -> Response:
        return StreamingResponse(endless(), status_code=200)

    receiver.behave = answer
    assert (await Outgoing(allows_private=True).post(receiver.url, {}, b"{}")).status == 200


async def test_a_closed_port_and_an_unknown_name_have_codes_of_their_own() -> None:
    assert await code_of(Outgoing(allows_private=True), "http://127.0.0.1:1/") == "CONNECTION"
    assert await code_of(Outgoing(resolve=answering()), "https://hook.example/") == "NAME_UNKNOWN"


async def test_the_certificate_must_be_of_the_name_though_the_address_is_called(tmp_path: Path) -> None:
    trust = _certificate(tmp_path, "hook.example")
    async with _over_tls(tmp_path) as port:
        outgoing = Outgoing(allows_private=True, resolve=answering("127.0.0.1"), tls=trust)
        assert (await outgoing.post(f"https://hook.example:{port}/", {}, b"{}")).status == 204
        assert await code_of(outgoing, f"https://other.example:{port}/") == "TLS"
        untrusting = Outgoing(allows_private=True, resolve=answering("127.0.0.1"))
        assert await code_of(untrusting, f"https://hook.example:{port}/") == "TLS"


def test_production_can_neither_call_inside_nor_without_tls() -> None:
    assert load_settings(PRODUCTION).outgoing == Outgoing()
    assert load_settings(GOOD).outgoing == Outgoing(allows_plain=True)
    assert load_settings({**GOOD, "WEBHOOK_PRIVATE_ADDRESSES": "true"}).outgoing.allows_private
    with pytest.raises(ConfigurationError, match="WEBHOOK_PRIVATE_ADDRESSES: must be false in production"):
        load_settings({**PRODUCTION, "WEBHOOK_PRIVATE_ADDRESSES": "true"})


def _certificate(folder: Path, name: str) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    (folder / "both.pem").write_bytes(secret + public)
    return ssl.create_default_context(cadata=public.decode())


@asynccontextmanager
async def _over_tls(folder: Path) -> AsyncIterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "both.pem")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]

"""HTTP to a bank: a cap on what is read, only whole answers, and TLS as each bank wants it."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from escrow.banks.gateway import BankUnreachableError
from escrow.banks.tls import context_for
from escrow.banks.transport import HttpTransport
from kernel.secrets import Keys

BIG = 100 << 20


@contextmanager
def bank(head: bytes, body: bytes, *, times: int = 1) -> Iterator[str]:
    """A port that answers one request with these bytes, as long as somebody reads."""

    def serve() -> None:
        line, _ = port.accept()
        with line:
            line.recv(65536)
            try:
                line.sendall(head + b"\r\n\r\n")
                for _ in range(times):
                    line.sendall(body)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as port:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{port.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("head", "body", "times"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d" % BIG, b"x" * (1 << 20), 100),
        (b"HTTP/1.1 200 OK\r\nConnection: close", b"x" * (1 << 20), 100),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99", b"short", 1),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"zz\r\nshort", 1),
        (b"SSH-2.0-OpenSSH_9.6", b"", 1),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300, b"", 1),
    ],
    ids=["announced", "endless", "cut", "chunks", "no http", "headers"],
)
def test_what_is_no_whole_answer_of_bearable_size_is_none(
    head: bytes, body: bytes, times: int
) -> None:
    with bank(head, body, times=times) as url, pytest.raises(BankUnreachableError):
        HttpTransport(url).request("GET", "/")


def test_a_redirect_is_not_followed() -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0"
    with bank(head, b"") as url:
        assert HttpTransport(url).request("GET", "/").status == 302


class Authority:
    """Issues certificates as a bank's own authority does."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        own = self._made(self._name, self._key.public_key(), ca=True)
        self.pem = own.public_bytes(Encoding.PEM)

    def issue(self, address: str) -> bytes:
        """Certificate and key, PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        made = self._made(subject, key.public_key(), alternative)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return made.public_bytes(Encoding.PEM) + secret

    def _made(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        *more: x509.ExtensionType,
        ca: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self._key, SHA256())


class Yes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"yes")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def secured(authority: Authority, folder: Path, address: str = "127.0.0.1") -> Iterator[str]:
    """A bank behind TLS that hears only those to whom its authority gave a certificate."""
    (folder / "server.pem").write_bytes(authority.issue(address))
    (folder / "ca.pem").write_bytes(authority.pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
    context.load_cert_chain(folder / "server.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server = HTTPServer(("127.0.0.1", 0), Yes)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def asked(url: str, folder: Path, **laid: bytes) -> bytes:
    """The bank's answer to an installation with these files beside its keys."""
    keys = Keys(folder)
    for name, pem in laid.items():
        (folder / f"bank-b-{name}.pem").write_bytes(pem)
    return HttpTransport(url, tls=context_for("b", keys)).request("GET", "/").body


def test_a_bank_with_its_own_authority_hears_only_whom_it_knows(tmp_path: Path) -> None:
    bank, stranger = Authority("bank"), Authority("stranger")
    client = bank.issue("127.0.0.1")
    with secured(bank, tmp_path) as url:
        assert asked(url, tmp_path / "a", authorities=bank.pem, client=client) == b"yes"
        for number, laid in enumerate(
            (
                {"authorities": bank.pem},
                {"authorities": bank.pem, "client": stranger.issue("127.0.0.1")},
                {"authorities": stranger.pem, "client": client},
                {"client": client},
            )
        ):
            with pytest.raises(BankUnreachableError):
                asked(url, tmp_path / str(number), **laid)


def test_a_certificate_of_another_address_is_not_the_banks(tmp_path: Path) -> None:
    authority = Authority("bank")
    laid = {"authorities": authority.pem, "client": authority.issue("127.0.0.1")}
    with secured(authority, tmp_path, "127.0.0.2") as url, pytest.raises(BankUnreachableError):
        asked(url, tmp_path / "a", **laid)

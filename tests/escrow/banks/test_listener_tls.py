"""The listener's door under TLS, with certificates asked of banks."""

import http.client
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kernel.settings import Settings
from tests.escrow.banks.test_listener import address
from tests.escrow.conftest import listening_for_banks, with_listener


def test_with_authorities_named_only_their_holders_are_spoken_to(
    settings: Settings, tmp_path: Path
) -> None:
    ours, theirs, other = (own_certificate(tmp_path, name) for name in ("us", "bank", "other"))
    settings = replace(
        with_listener(settings),
        listener_certificate=str(ours[0]),
        listener_key=str(ours[1]),
        listener_clients=str(theirs[0]),
    )

    def spoken(shown: tuple[Path, Path] | None) -> int:
        context = ssl.create_default_context(cafile=str(ours[0]))
        context.check_hostname = False
        if shown:
            context.load_cert_chain(*shown)
        where = address(settings.listener_url)
        connection = http.client.HTTPSConnection(*where, timeout=20, context=context)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status
        finally:
            connection.close()

    with listening_for_banks(settings):
        assert spoken(theirs) == 404
        for shown in (None, other):
            with pytest.raises((OSError, http.client.HTTPException)):
                spoken(shown)


def own_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files

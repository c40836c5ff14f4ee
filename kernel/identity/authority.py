"""The local certificate authority: a P-256 root and an issuing key, kept as files.

It issues soft certificates to organisations and their people, and the seal of a centre. The root's
period is fixed, so that no clock is read here; every other time is an argument.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from sqlalchemy.orm import Session

from kernel.clock import installation
from kernel.house import House
from kernel.identity.rules import Subject
from kernel.pdf.seal import Seal

ROOT_FROM: Final = datetime(2020, 1, 1, tzinfo=UTC)
ROOT_UNTIL: Final = datetime(2050, 1, 1, tzinfo=UTC)
SEAL_YEARS: Final = timedelta(days=3653)
BEFORE: Final = timedelta(days=366)
"""A seal is valid from a year back: a demonstration's legal time may run ahead of readers."""

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class _Issuer:
    key: Key
    certificate: x509.Certificate


class Authority:
    """Opened from a folder; created there when the folder is empty. Processes may race."""

    def __init__(self, folder: Path, *, passphrase: str, demo: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._lock = _encryption(passphrase)
        self._passphrase = passphrase.encode() or None
        self._mark = "演示" if demo else ""

    @cached_property
    def _root(self) -> _Issuer:
        key = self._key("root")
        name = _name(f"阳光招采{self._mark}根证书")

        def make() -> x509.Certificate:
            return _authority(key, name=name, by=key, issuer=name, path_length=1)

        return _Issuer(key, self._certificate("root", make))

    @cached_property
    def _issuer(self) -> _Issuer:
        key = self._key("issuing")
        root = self._root
        name = _name(f"阳光招采{self._mark}签发证书")

        def make() -> x509.Certificate:
            by, issuer = root.key, root.certificate.subject
            return _authority(key, name=name, by=by, issuer=issuer, path_length=0)

        return _Issuer(key, self._certificate("issuing", make))

    @property
    def root(self) -> bytes:
        """The root certificate, DER: what a verifier trusts."""
        return self._root.certificate.public_bytes(Encoding.DER)

    @property
    def issuing(self) -> bytes:
        """The issuing certificate, DER."""
        return self._issuer.certificate.public_bytes(Encoding.DER)

    def issue(
        self,
        subject: Subject,
        public_key: ec.EllipticCurvePublicKey,
        *,
        not_before: datetime,
        not_after: datetime,
    ) -> bytes:
        """A certificate, DER, for signing and key agreement by `subject`."""
        issuer = self._issuer
        name = _name(
            subject.person_name or subject.organisation_name,
            organisation=subject.organisation_name,
            code=subject.credit_code,
        )
        builder = _builder(name, issuer.certificate.subject, public_key, not_before, not_after)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
        builder = builder.add_extension(_usage(agreement=True, signing=True), critical=True)
        certificate = _linked(builder, public_key, issuer.key).sign(issuer.key, SHA256())
        return certificate.public_bytes(Encoding.DER)

    def chain(self, leaf: bytes) -> tuple[bytes, bytes, bytes]:
        """Leaf, issuing and root certificate."""
        return (leaf, self.issuing, self.root)

    def seal(self, subject: Subject, *, now: datetime) -> Seal:
        """The sealing certificate and key of an organisation; made when first asked for."""
        name = f"seal-{subject.credit_code}"
        key = self._key(name)

        def make() -> x509.Certificate:
            der = self.issue(
                subject, key.public_key(), not_before=now - BEFORE, not_after=now + SEAL_YEARS
            )
            return x509.load_der_x509_certificate(der)

        leaf = self._certificate(name, make).public_bytes(Encoding.DER)
        return Seal(
            chain=self.chain(leaf),
            private_key=key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            name=subject.organisation_name,
            legend="演示专用章" if self._mark else "电子签章",
        )

    def _key(self, name: str) -> Key:
        def make() -> bytes:
            key = ec.generate_private_key(ec.SECP256R1())
            return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, self._lock)

        stored = _once(self._folder / f"{name}.key", make)
        key = load_pem_private_key(stored, self._passphrase)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{name}.key holds no P-256 key")
        return key

    def _certificate(self, name: str, make: Callable[[], x509.Certificate]) -> x509.Certificate:
        stored = _once(self._folder / f"{name}.pem", lambda: make().public_bytes(Encoding.PEM))
        return x509.load_pem_x509_certificate(stored)


def _encryption(passphrase: str) -> KeySerializationEncryption:
    return BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()


def _once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The file's bytes, made first if need be; two processes agree on whichever linked first."""
    if not path.exists():
        draft = path.with_name(f".{path.name}-{os.urandom(8).hex()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


def _name(common: str, *, organisation: str = "阳光招采", code: str = "") -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        x509.NameAttribute(NameOID.COMMON_NAME, common),
    ]
    if code:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, code))
    return x509.Name(parts)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    not_before: datetime,
    not_after: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )


def _authority(
    key: Key, *, name: x509.Name, by: Key, issuer: x509.Name, path_length: int
) -> x509.Certificate:
    builder = _builder(name, issuer, key.public_key(), ROOT_FROM, ROOT_UNTIL)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=True, path_length=path_length), critical=True
    ).add_extension(_usage(agreement=False, signing=False), critical=True)
    return _linked(builder, key.public_key(), by).sign(by, SHA256())


def _usage(*, agreement: bool, signing: bool) -> x509.KeyUsage:
    """End entities sign and agree on keys; authorities sign certificates and nothing else."""
    return x509.KeyUsage(
        digital_signature=signing,
        content_commitment=signing,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=agreement,
        key_cert_sign=not signing,
        crl_sign=not signing,
        encipher_only=False,
        decipher_only=False,
    )


def _linked(
    builder: x509.CertificateBuilder, subject_key: ec.EllipticCurvePublicKey, signer: Key
) -> x509.CertificateBuilder:
    return builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(subject_key), critical=False
    ).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
    )


@cache
def _opened(folder: Path, passphrase: str, *, demo: bool) -> Authority:
    return Authority(folder, passphrase=passphrase, demo=demo)


def of(house: House, session: Session, now: datetime) -> Authority:
    """The installation's authority, opened once per process.

    `now` is unused while the root's period is fixed; callers name it for the day it is renewed.
    """
    del now
    demo = installation(session).demo
    return _opened(house.settings.keys_dir / "authority", house.settings.key_passphrase, demo=demo)

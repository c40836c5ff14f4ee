"""RFC 3161 time stamps: asking an authority, and believing its answer only after checking it."""

import http.client
import os
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from asn1crypto import tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from kernel.pure.errors import Refused
from kernel.pure.timestamps import MAX_TOKEN, Algorithm, Token, read_token

TIMEOUT_SECONDS: Final = 3.0


class UnreachableError(RuntimeError):
    """A witness or an authority gave no whole answer; what it was asked stays wanted."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A checked token: when it says its imprint was there, and by whom."""

    token: bytes
    at: datetime
    signer: str


class StampAuthority(Protocol):
    """Whoever answers a TimeStampReq (DER) with a TimeStampResp (DER)."""

    def answer(self, request: bytes) -> bytes:
        """Raises UnreachableError."""
        ...


@dataclass(frozen=True, slots=True)
class HttpAuthority:
    """An authority behind an address, as RFC 3161 3.4 has it."""

    url: str

    def answer(self, request: bytes) -> bytes:
        """Ask once. Raises UnreachableError."""
        headers = {"Content-Type": "application/timestamp-query"}
        status, body = post(self.url, request, headers)
        if status != 200:
            raise UnreachableError(f"status {status}")
        return body


def stamp(authority: StampAuthority, trusted: Sequence[bytes], imprint: bytes) -> Stamp:
    """A stamp over `imprint` (SHA-256), checked: status, nonce, and all that `check` checks.

    Raises UnreachableError; Refused LOG-2204 (not granted, or an answer to another question) and
    the codes of `check`.
    """
    nonce = int.from_bytes(os.urandom(8), "big")
    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": imprint,
            },
            "nonce": nonce,
            "cert_req": True,
        }
    )
    try:
        answer = tsp.TimeStampResp.load(authority.answer(request.dump()), strict=True)
        granted = answer["status"]["status"].native in {"granted", "granted_with_mods"}
        token = answer["time_stamp_token"].dump() if granted else b""
    except (ValueError, TypeError, KeyError):
        raise Refused("LOG-2204") from None
    if not token or read_token(token).nonce != nonce:
        raise Refused("LOG-2204")
    return check(token, trusted, imprint)


def check(token: bytes, trusted: Sequence[bytes], imprint: bytes) -> Stamp:
    """The stamp that `token` is over `imprint`, by one of the trusted certificates (DER).

    Refuses LOG-1201, LOG-1202 (form), LOG-2201 (another imprint), LOG-2202 (signature), LOG-2203
    (a certificate that is not trusted, not for time stamps, or was not valid).
    """
    told = read_token(token)
    if told.imprint != imprint:
        raise Refused("LOG-2201")
    anchors = [x509.load_der_x509_certificate(der) for der in trusted]
    signer = _signer(told, anchors)
    _check_use(signer, anchors, told.at)
    if not _is_signed(signer, told):
        raise Refused("LOG-2202")
    return Stamp(token, told.at, signer.subject.rfc4514_string())


def _signer(token: Token, anchors: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate the token names, out of the token or of those trusted."""
    try:
        held = [x509.load_der_x509_certificate(der) for der in token.certificates]
        for each in [*held, *anchors]:
            named = each.issuer.public_bytes() == token.issuer
            if named and each.serial_number == token.serial and _has_hash(each, token):
                return each
    except ValueError:
        raise Refused("LOG-2203") from None
    raise Refused("LOG-2203")


def _has_hash(certificate: x509.Certificate, token: Token) -> bool:
    own = certificate.fingerprint(hashes.SHA256())
    return token.signer_hash is None or token.signer_hash == own


def _check_use(signer: x509.Certificate, anchors: Sequence[x509.Certificate], at: datetime) -> None:
    if signer not in anchors and not any(_issued(signer, anchor) for anchor in anchors):
        raise Refused("LOG-2203")
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (ValueError, x509.ExtensionNotFound):
        raise Refused("LOG-2203") from None
    is_own_use = list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    is_valid = signer.not_valid_before_utc <= at <= signer.not_valid_after_utc
    if not (usage.critical and is_own_use and is_valid):
        raise Refused("LOG-2203")


def _issued(signer: x509.Certificate, anchor: x509.Certificate) -> bool:
    try:
        signer.verify_directly_issued_by(anchor)
        constraints = anchor.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.ca


def _is_signed(signer: x509.Certificate, token: Token) -> bool:
    key = signer.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and token.algorithm is Algorithm.ECDSA:
            key.verify(token.signature, token.signed, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey) and token.algorithm is Algorithm.RSA:
            key.verify(token.signature, token.signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def trusted_in(pem: bytes) -> tuple[bytes, ...]:
    """The certificates (DER) of a PEM file. Raises ValueError when there is none."""
    return tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem))


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """One POST: short timeout, capped answer, no proxy, no redirect. Raises UnreachableError."""
    at = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if at.scheme == "https" else http.client.HTTPConnection
    connection = kind(at.hostname or "", at.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", at.path or "/", body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read(MAX_TOKEN + 1)
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(type(error).__name__) from error
    finally:
        connection.close()
    if len(content) > MAX_TOKEN:
        raise UnreachableError("answer too large")
    return answer.status, content

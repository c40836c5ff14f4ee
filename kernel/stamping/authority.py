"""The local time-stamp authority: its folder, its certificates, its answers (RFC 3161)."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kernel.own_clock import OwnClock

KEY: Final = "stamping.key"
SIGNER: Final = "stamping.der"
ROOT: Final = "root.pem"
# An object identifier that anybody may make, out of a UUID (X.667).
POLICY: Final = "2.25.329800735698586629295641978511506172918"
SERIAL_BITS: Final = 63
BEFORE: Final = timedelta(days=5 * 366)
AFTER: Final = timedelta(days=20 * 366)
REQUEST: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"


@dataclass(frozen=True, slots=True)
class LocalAuthority:
    """A signer's key and certificate, and the clock it dates by."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes
    clock: OwnClock

    def answer(self, request: bytes) -> bytes:
        """The TimeStampResp (DER) for a TimeStampReq; a rejection when it is not one of ours.

        Raises ClockUnknownError.
        """
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            digest = imprint["hashed_message"].native
            is_known = imprint["hash_algorithm"]["algorithm"].native == "sha256"
            nonce = asked["nonce"].native
        except (ValueError, TypeError, KeyError):
            return _rejection("bad_data_format")
        if not is_known or len(digest) != sha256().digest_size:
            return _rejection("bad_alg")
        return self._granted(imprint, nonce)

    def _granted(self, imprint: tsp.MessageImprint, nonce: int | None) -> bytes:
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": imprint,
                "serial_number": int.from_bytes(os.urandom(8), "big") >> (64 - SERIAL_BITS),
                "gen_time": _milliseconds(self.clock.now()),
                **({} if nonce is None else {"nonce": nonce}),
            }
        )
        status = tsp.PKIStatusInfo({"status": "granted"})
        token = cms.ContentInfo({"content_type": "signed_data", "content": self._signed(info)})
        answer = tsp.TimeStampResp({"status": status, "time_stamp_token": token})
        return bytes(answer.dump())

    def _signed(self, info: tsp.TSTInfo) -> cms.SignedData:
        digest = algos.DigestAlgorithm({"algorithm": "sha256"})
        own = asn1_x509.Certificate.load(self.certificate)
        attributes = cms.CMSAttributes(
            [
                _attribute("content_type", "tst_info"),
                _attribute("message_digest", sha256(info.dump()).digest()),
                _attribute("signing_certificate_v2", _named(self.certificate)),
            ]
        )
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    "issuer_and_serial_number",
                    cms.IssuerAndSerialNumber(
                        {"issuer": own.issuer, "serial_number": own.serial_number}
                    ),
                ),
                "digest_algorithm": digest,
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
                "signature": self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
            }
        )
        return cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [digest],
                "encap_content_info": {"content_type": "tst_info", "content": info},
                "certificates": [own],
                "signer_infos": [signer],
            }
        )


def found(folder: Path, *, now: datetime) -> bytes:
    """Make key and certificates unless they are there; returns the root's certificate (PEM).

    The root's key is thrown away: it certifies one signer and never anything else.
    """
    if not (folder / ROOT).exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root = _certificate(root_key, root_key, now=now, is_root=True)
        signer = _certificate(key, root_key, now=now, is_root=False)
        secret = key.private_bytes(
            Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(folder / KEY, secret)
        _write(folder / SIGNER, signer.public_bytes(Encoding.DER))
        _write(folder / ROOT, root.public_bytes(Encoding.PEM))
    return (folder / ROOT).read_bytes()


def open_authority(folder: Path, clock: OwnClock) -> LocalAuthority:
    """The authority of a founded folder. Raises FileNotFoundError."""
    key = serialization.load_pem_private_key((folder / KEY).read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is not on a curve")
    return LocalAuthority(key, (folder / SIGNER).read_bytes(), clock)


def _certificate(
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    now: datetime,
    is_root: bool,
) -> x509.Certificate:
    root_name = _name("Sunbid local time-stamp root (demonstration)")
    builder = (
        x509.CertificateBuilder()
        .subject_name(root_name if is_root else _name("Sunbid local time stamps (demonstration)"))
        .issuer_name(root_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + AFTER)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
    )
    if not is_root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _named(certificate: bytes) -> tsp.SigningCertificateV2:
    return tsp.SigningCertificateV2({"certs": [{"cert_hash": sha256(certificate).digest()}]})


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": [value]})


def _rejection(why: str) -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {why}})
    return bytes(tsp.TimeStampResp({"status": status}).dump())


def _milliseconds(at: datetime) -> datetime:
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)

"""PKCS#12 files as others write them, opened by the browser's module."""

import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    PBES,
    serialize_key_and_certificates,
)

from kernel.crypto.signatures import public_bytes, verify_p256
from kernel.identity.authority import Authority
from kernel.identity.rules import Subject
from kernel.identity.signer import SoftCertificate, to_pkcs12

SCRIPT = Path(__file__).with_name("pkcs12.mjs")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
WORD = "口令 12345"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
LEGACY = (
    PrivateFormat.PKCS12.encryption_builder()
    .kdf_rounds(2048)
    .key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC)
    .build(WORD.encode())
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A person's key and chain from a local authority."""

    soft: SoftCertificate
    root: bytes


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """A key with a chain of three."""
    authority = Authority(tmp_path_factory.mktemp("authority"), passphrase="", demo=True)
    key = ec.generate_private_key(ec.SECP256R1())
    who = Subject("启程招标代理有限公司", "91330000MA27U00C1X", "陆清遥")
    leaf = authority.issue(who, key.public_key(), not_before=NOW - DAY, not_after=NOW + DAY)
    return Paper(SoftCertificate(key, authority.chain(leaf)), authority.root)


def _order(
    file: bytes, paper: Paper, *, word: str = WORD, at: datetime = NOW, root: bytes | None = None
) -> dict[str, str]:
    return {
        "file": file.hex(),
        "word": word,
        "root": (root or paper.root).hex(),
        "at": at.isoformat(),
    }


def _opened(*orders: dict[str, str]) -> list[dict[str, object]]:
    """What the module answers to each: keys and chain, or a code."""
    ran = subprocess.run(
        ["node", str(SCRIPT)],
        input=json.dumps(orders).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    answers: list[dict[str, object]] = json.loads(ran.stdout)
    return answers


def _file(
    paper: Paper,
    key: Key | None,
    *,
    lock: KeySerializationEncryption | None = None,
    leaf: bytes | None = None,
) -> bytes:
    certificate = x509.load_der_x509_certificate(leaf or paper.soft.chain[0])
    others = [x509.load_der_x509_certificate(link) for link in paper.soft.chain[1:]]
    own = certificate if key is None or _fits(key, certificate) else None
    held = others if own else [certificate, *others]
    return serialize_key_and_certificates(
        b"x", key, own, held, lock or BestAvailableEncryption(WORD.encode())
    )


def _fits(key: Key, certificate: x509.Certificate) -> bool:
    return key.public_key() == certificate.public_key()


def test_the_key_of_a_file_signs_and_cannot_be_taken_out(paper: Paper) -> None:
    (told,) = _opened(_order(to_pkcs12(paper.soft, WORD), paper))
    assert told["public"] == public_bytes(paper.soft.private_key).hex()
    assert told["chain"] == [link.hex() for link in paper.soft.chain]
    assert told["exported"] == []
    signature = bytes.fromhex(str(told["signature"]))
    assert verify_p256(public_bytes(paper.soft.private_key), b"message", signature)


def test_a_file_of_openssl_opens_and_its_old_form_is_told_apart(
    paper: Paper, tmp_path: Path
) -> None:
    pem = tmp_path / "key.pem"
    pem.write_bytes(
        paper.soft.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + b"".join(
            x509.load_der_x509_certificate(link).public_bytes(Encoding.PEM)
            for link in paper.soft.chain
        )
    )
    made = tmp_path / "made.p12"
    command = ["openssl", "pkcs12", "-export", "-in", str(pem), "-out", str(made)]
    subprocess.run([*command, "-passout", "pass:plain"], check=True, capture_output=True)
    new = made.read_bytes()
    old = ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40"]
    subprocess.run([*command, *old, "-passout", "pass:plain"], check=True, capture_output=True)
    files = (new, made.read_bytes())
    opened, refused = _opened(*(_order(file, paper, word="plain") for file in files))
    assert opened["chain"] == [link.hex() for link in paper.soft.chain]
    facts = {"algorithm": "1.2.840.113549.1.12.1.6"}
    assert refused == {"code": "ENV-5003", "facts": facts}


def test_each_fault_has_its_code(paper: Paper) -> None:
    soft = paper.soft
    good = to_pkcs12(soft, WORD)
    other = ec.generate_private_key(ec.SECP256R1())
    strangers = _stranger(soft.private_key)
    faults = {
        "no PKCS#12 at all": (_order(b"{}", paper), "ENV-5002"),
        "cut off": (_order(good[: len(good) // 2], paper), "ENV-5002"),
        "wrong passphrase": (_order(good, paper, word="12345"), "ENV-5001"),
        "old encryption": (_order(_file(paper, soft.private_key, lock=LEGACY), paper), "ENV-5003"),
        "no key": (_order(_file(paper, None), paper), "ENV-5004"),
        "RSA": (
            _order(_file(paper, rsa.generate_private_key(65537, 2048)), paper),
            "ENV-5005",
        ),
        "another curve": (
            _order(_file(paper, ec.generate_private_key(ec.SECP384R1())), paper),
            "ENV-5005",
        ),
        "another's certificate": (_order(_file(paper, other), paper), "ENV-5006"),
        "expired": (_order(good, paper, at=NOW + 2 * DAY), "ENV-5007"),
        "not yet": (_order(good, paper, at=NOW - 2 * DAY), "ENV-5007"),
        "unknown root": (_order(good, paper, root=strangers), "ENV-5008"),
        "made by himself": (
            _order(_file(paper, soft.private_key, leaf=strangers), paper),
            "ENV-5008",
        ),
    }
    answers = _opened(*(order for order, _ in faults.values()))
    told = [answer.get("code") for answer in answers]
    assert dict(zip(faults, told, strict=True)) == {
        name: code for name, (_, code) in faults.items()
    }


def _stranger(key: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "阳光招采演示根证书")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .sign(key, SHA256())
    )
    return built.public_bytes(Encoding.DER)

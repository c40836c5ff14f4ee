"""Sealing: speed of the browser's writer in Node and of the Python reader, beside bare ciphers."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from Crypto.Protocol import HPKE
from Crypto.PublicKey import ECC
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from kernel.bench import Bar, Bench, Figure, Side
from kernel.crypto import hpke, sealing
from kernel.crypto.signatures import public_bytes
from kernel.pure.envelope import PartName, parse_header
from kernel.pure.header import CHUNK, TAG

MIB = 64
WRAPS = 400
SCRIPT = Path(__file__).with_name("sealing.mjs")


def measure(bench: Bench) -> list[Figure]:
    """Sealing in JavaScript, opening in Python, HPKE; each with its raw limit or peer."""
    folder = bench.work / "sealing"
    folder.mkdir(parents=True)
    ran = subprocess.run(
        ["node", str(SCRIPT), str(folder), str(MIB)], check=True, capture_output=True, text=True
    )
    told = json.loads(ran.stdout)
    sealed = folder / "technical"
    chunks = sealed.stat().st_size // (CHUNK + TAG)
    opening, wraps, peer_wraps = _open_seconds(folder, told["secrets"]), *_hpke_rates()
    return [
        Figure(
            name="seal a part in Node",
            value=MIB / told["seconds"],
            unit="MiB/s",
            bar=Bar(Side.AT_LEAST, 60, on_ratio=False),
            peer="bare WebCrypto AES-256-GCM",
            peer_value=MIB / told["plain"],
        ),
        Figure(
            name="open a part in Python",
            value=chunks / opening,
            unit="MiB/s",
            bar=Bar(Side.AT_LEAST, 0.5),
            peer="bare AES-256-GCM and SHA-256",
            peer_value=chunks / _plain_seconds(sealed),
        ),
        Figure(
            name="open a trustee's wrap",
            value=wraps,
            unit="per s",
            bar=Bar(Side.AT_LEAST, 1),
            peer="pycryptodome",
            peer_value=peer_wraps,
        ),
    ]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK + TAG):
            yield chunk


def _open_seconds(folder: Path, secrets: dict[str, str]) -> float:
    header = parse_header((folder / "header").read_bytes())
    known = sealing.Secrets(**{name: bytes.fromhex(value) for name, value in secrets.items()})
    chunks = list(_chunks(folder / "technical"))
    return _seconds(lambda: _exhaust(sealing.open_part(header, PartName.TECHNICAL, known, chunks)))


def _plain_seconds(path: Path) -> float:
    """The two passes that no reader can do without: decrypt and hash every byte."""
    cipher, iv = AESGCM(os.urandom(32)), os.urandom(12)
    count = path.stat().st_size // (CHUNK + TAG)
    sealed = [cipher.encrypt(iv, bytes(CHUNK), None) for _ in range(count)]

    def passes() -> None:
        for chunk in sealed:
            cipher.decrypt(iv, chunk, None)
            sha256(chunk).digest()

    return _seconds(passes)


def _hpke_rates() -> tuple[float, float]:
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    other, info = ECC.import_key(der), b"bench"
    enc, ciphertext = hpke.seal(public_bytes(key), bytes(64), info=info)
    ours = _seconds(lambda: [hpke.unseal(key, enc, ciphertext, info=info) for _ in range(WRAPS)])
    peers = _seconds(
        lambda: [
            HPKE.new(receiver_key=other, aead_id=HPKE.AEAD.AES256_GCM, enc=enc, info=info).unseal(
                ciphertext
            )
            for _ in range(WRAPS // 4)
        ]
    )
    return WRAPS / ours, WRAPS // 4 / peers


def _exhaust(pieces: Iterator[bytes]) -> int:
    return sum(map(len, pieces))


def _seconds(act: Callable[[], object]) -> float:
    """The better of two runs."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)

"""Sealing: the browser's writer in Node beside a bare cipher, HPKE beside pycryptodome.

The Python reader is measured by `opening`, the writer in Chromium by `browser`.
"""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from Crypto.Protocol import HPKE
from Crypto.PublicKey import ECC
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from kernel.bench import Bar, Bench, Figure, Side
from kernel.crypto import hpke
from kernel.crypto.signatures import public_bytes

MIB = 64
WRAPS = 400
SCRIPT = Path(__file__).with_name("sealing.mjs")


def measure(_bench: Bench) -> list[Figure]:
    """Sealing in JavaScript, HPKE in Python; each with its raw limit or peer."""
    ran = subprocess.run(
        ["node", str(SCRIPT), str(MIB)], check=True, capture_output=True, text=True
    )
    told = json.loads(ran.stdout)
    wraps, peer_wraps = _hpke_rates()
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
            name="open a trustee's wrap",
            value=wraps,
            unit="per s",
            bar=Bar(Side.AT_LEAST, 1),
            peer="pycryptodome",
            peer_value=peer_wraps,
        ),
    ]


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


def _seconds(act: Callable[[], object]) -> float:
    """The better of two runs."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)

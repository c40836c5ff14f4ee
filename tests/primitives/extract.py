"""Cuts docs/vectors' subsets out of the publishers' files, so that anyone can repeat the cut.

`python -m tests.primitives.extract WYCHEPROOF_FOLDER CRYPTOGRAPHY_VECTORS_WHEEL HMAC_DRBG_TGZ`; see
docs/vectors/README.md for versions and licences.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "vectors"
Tests = list[dict[str, Any]]
_SUITE: Final = {"mode": 0, "kem_id": 16, "kdf_id": 1, "aead_id": 2}


def wycheproof(folder: Path) -> dict[str, Tests]:
    """The files of our primitives; of AES-GCM the 256-bit keys with our nonce and tag sizes."""

    def tests(name: str, *fields: str, **wanted: int) -> Iterator[dict[str, Any]]:
        value = json.loads((folder / f"{name}_test.json").read_text("utf-8"))
        for group in value["testGroups"]:
            if all(group[size] == number for size, number in wanted.items()):
                key = group.get("publicKey", {})
                public = key.get("uncompressed") or key.get("pk")
                for test in group["tests"]:
                    told = {"tcId": test["tcId"], **({"key": public} if public else {})}
                    told |= {field: test[field] for field in fields}
                    yield {**told, "result": test["result"]}

    return {
        "aes_gcm": list(
            tests(
                "aes_gcm",
                *("key", "iv", "aad", "msg", "ct", "tag"),
                keySize=256,
                ivSize=96,
                tagSize=128,
            )
        ),
        "ecdh_p256": list(tests("ecdh_secp256r1_ecpoint", "public", "private", "shared")),
        "ecdsa_p256_sha256": list(tests("ecdsa_secp256r1_sha256_p1363", "msg", "sig")),
        "ed25519": list(tests("ed25519", "msg", "sig")),
        # The three of 8160 bytes would be half of the file.
        "hkdf_sha256": [
            test
            for test in tests("hkdf_sha256", "ikm", "salt", "info", "size", "okm")
            if test["size"] != 8160
        ],
        "hmac_sha256": list(tests("hmac_sha256", "key", "msg", "tag", tagSize=256)),
    }


def rfc9180(wheel: zipfile.ZipFile) -> dict[str, Tests]:
    """Our suite in base mode; exports and intermediate values are left out."""
    found = []
    for one in json.loads(wheel.read("cryptography_vectors/HPKE/test-vectors.json")):
        if all(one[name] == value for name, value in _SUITE.items()):
            told = {name: one[name] for name in ("info", "ikmR", "skRm", "pkRm", "ikmE", "skEm")}
            told |= {name: one[name] for name in ("enc", "key", "base_nonce")}
            found.append({**told, "encryptions": one["encryptions"][:4]})
    return {"hpke": found}


def nist(wheel: zipfile.ZipFile, drbg: tarfile.TarFile) -> dict[str, Tests]:
    """CAVP: AES-GCM without associated data, P-256 signatures and points; HMAC_DRBG."""
    gcm = _records(wheel, "ciphers/AES/GCM/gcmDecrypt256.rsp")
    wanted = {"IVlen": "96", "AADlen": "0", "Taglen": "128"}
    points = _records(wheel, "asymmetric/ECDSA/FIPS_186-3/PKV.rsp")
    signed = _records(wheel, "asymmetric/ECDSA/FIPS_186-3/SigVer.rsp")
    source = drbg.extractfile("package/test/fixtures/hmac-drbg-nist.json")
    assert source is not None
    return {
        "aes_gcm": [
            {name.lower(): one[name] for name in ("Key", "IV", "CT", "Tag")} | {"pt": one.get("PT")}
            for head, one in gcm
            if all(head.get(name) == value for name, value in wanted.items())
        ],
        "ecdsa_p256_sha256": [
            {name.lower(): one[name] for name in ("Msg", "Qx", "Qy", "R", "S")}
            | {"result": one["Result"][0]}
            for head, one in signed
            if head.get("curve") == "P-256,SHA-256"
        ],
        "p256_points": [
            {"qx": one["Qx"], "qy": one["Qy"], "result": one["Result"][0]}
            for head, one in points
            if head.get("curve") == "P-256"
        ],
        "hmac_drbg_sha256": [
            {name: one[name] for name in ("entropy", "nonce", "expected")}
            for one in json.load(source)
            if one["pers"] is None and one["add"] == [None, None]
        ],
    }


def _records(wheel: zipfile.ZipFile, name: str) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Blocks of "Name = value" under their "[Name = value]" heads."""
    head: dict[str, str] = {}
    block: dict[str, str] = {}
    between = False
    text = wheel.read(f"cryptography_vectors/{name}").decode()
    for line in [*text.splitlines(), ""]:
        if found := re.fullmatch(r"\[(.+?)(?: = (.+))?\]", line.strip()):
            head = {} if not between else head
            between = True
            head |= {found[1]: found[2]} if found[2] else {"curve": found[1]}
        elif found := re.fullmatch(r"(\w+) = ?(.*)", line.strip()):
            between = False
            block[found[1]] = found[2]
        elif not line.strip() and block:
            yield head, block
            block = {}


def write(name: str, suites: dict[str, Tests]) -> None:
    """One test a line."""
    lines = []
    for suite, tests in suites.items():
        told = ",\n".join(json.dumps(test, separators=(",", ":")) for test in tests)
        lines.append(f'"{suite}": [\n{told}\n]')
        print(name, suite, len(tests))
    (FOLDER / name).write_text("{" + ",\n".join(lines) + "}\n", "utf-8")


def main(wycheproof_folder: str, wheel_path: str, drbg_path: str) -> None:
    """Write the three files."""
    write("wycheproof.json", wycheproof(Path(wycheproof_folder)))
    with zipfile.ZipFile(wheel_path) as wheel, tarfile.open(drbg_path) as drbg:
        write("rfc9180.json", rfc9180(wheel))
        write("nist.json", nist(wheel, drbg))


if __name__ == "__main__":
    main(*sys.argv[1:])

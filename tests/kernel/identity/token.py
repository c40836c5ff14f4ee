"""A security key in memory: makes credentials and answers as a WebAuthn authenticator does."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


@dataclass(slots=True)
class Token:
    """One key for one site; `flags` and `origin` may be changed to lie."""

    host: str
    origin: str
    flags: int = PRESENT | VERIFIED
    count: int = 0
    identifier: bytes = b"a key in memory"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, challenge: str) -> dict[str, Any]:
        """What navigator.credentials.create would give, as JSON."""
        numbers = self.key.public_key().public_numbers()
        point: dict[int, int | bytes] = {1: 2, 3: -7, -1: 1}
        point |= {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        named = bytes(16) + len(self.identifier).to_bytes(2, "big") + self.identifier
        data = self._data(ATTESTED) + named + cbor2.dumps(point)
        whole = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", challenge)
        return self._told({"attestationObject": bytes_to_base64url(whole)}, client)

    def get(self, challenge: str) -> dict[str, Any]:
        """What navigator.credentials.get would give, as JSON."""
        self.count += 1
        data = self._data(0)
        client = self._client("webauthn.get", challenge)
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(SHA256()))
        return self._told(
            {
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(signature),
            },
            client,
        )

    def _data(self, more: int) -> bytes:
        flags = bytes((self.flags | more,))
        return hashlib.sha256(self.host.encode()).digest() + flags + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        assert len(base64url_to_bytes(challenge)) == 32
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _told(self, response: dict[str, str], client: bytes) -> dict[str, Any]:
        name = bytes_to_base64url(self.identifier)
        response["clientDataJSON"] = bytes_to_base64url(client)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

"""The adapter for issuers that speak JSON over HTTP: signed requests, one conversation at a time.

`POST <base>/sealed` passes bytes on; `POST <base>/requests` holds JCS{"act", "key", …}; the header
Platform-Signature is the platform's Ed25519 signature over "sunbid guarantee request" ‖ 0 ‖ body.
"""

import json
from http import HTTPStatus
from typing import Any, Final

from escrow.banks.gateway import BankUnreachableError
from escrow.banks.transport import HttpTransport
from escrow.guarantees.issuer import SEALED_ANSWER, IssuerUnreachableError
from escrow.guarantees.rules import Word
from kernel.pure import jcs
from kernel.secrets import Keys

CONTEXT: Final = b"sunbid guarantee request\x00"
SIGNATURE: Final = "Platform-Signature"


class HttpIssuer:
    """One issuer at its address."""

    def __init__(self, base_url: str, keys: Keys) -> None:
        self._transport = HttpTransport(base_url)
        self._keys = keys

    def relay(self, sealed: bytes) -> bytes:
        """See GuaranteeIssuer."""
        answer = self._post("/sealed", sealed, {"Content-Type": "application/octet-stream"})
        if len(answer) != SEALED_ANSWER:
            raise IssuerUnreachableError("an answer of another size")
        return answer

    def standing(self, number: str, digest: bytes) -> Word:
        """See GuaranteeIssuer."""
        return self._ask({"act": "standing", "number": number, "digest": digest.hex()})

    def release(self, number: str, digest: bytes, *, key: str) -> Word:
        """See GuaranteeIssuer."""
        told = {"act": "release", "key": key, "number": number, "digest": digest.hex()}
        return self._ask(told)

    def claim(self, claim: dict[str, Any], *, key: str) -> Word:
        """See GuaranteeIssuer."""
        return self._ask({"act": "claim", "key": key, **claim})

    def _ask(self, told: dict[str, Any]) -> Word:
        body = jcs.canonical(told)
        signature = self._keys.sign_as_platform(CONTEXT + body).hex()
        headers = {"Content-Type": "application/json", SIGNATURE: signature}
        try:
            return Word(json.loads(self._post("/requests", body, headers))["word"])
        except (KeyError, TypeError, ValueError) as error:
            raise IssuerUnreachableError("an answer that cannot be read") from error

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        try:
            answer = self._transport.request("POST", path, body=body, headers=headers)
        except BankUnreachableError as error:
            raise IssuerUnreachableError(str(error)) from error
        if answer.status != HTTPStatus.OK:
            raise IssuerUnreachableError(f"status {answer.status}")
        return answer.body

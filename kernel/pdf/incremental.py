"""The signing library at work for `kernel.pdf.countersigning`, which is the only one to load it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from io import BytesIO
from typing import Any, Final, TypeVar

from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.cms import CMSAttributes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import ExternalSigner, PdfSignatureMetadata
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest

from kernel.pdf.countersigning import Prepared, Signer
from kernel.pdf.pades import ClaimedTime, certificate, store
from kernel.pdf.pen import SHANGHAI

ROOM: Final = 16_384
"""Hexadecimal digits for one signature with its chain: about 3 KiB of DER are used."""
_ECDSA: Final = {"algorithm": "sha256_ecdsa"}
_WIDEST: Final = 72
Result = TypeVar("Result")


def prepare(pdf: bytes, *, field: str, signer: Signer) -> Prepared:
    """See `countersigning.prepare`."""
    external = _external(signer.chain, bytes(_WIDEST))
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=signer.name,
        reason=signer.reason,
    )
    signing = ClaimedTime(
        metadata, signer=external, new_field_spec=SigFieldSpec(sig_field_name=field)
    )
    signing.claimed = signer.at.astimezone(SHANGHAI)
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    output = BytesIO()
    digest, _, _ = _run(
        signing.async_digest_doc_for_signing(writer, bytes_reserved=ROOM, output=output)
    )
    attributes: CMSAttributes = _run(
        external.signed_attrs(digest.document_digest, "sha256", use_pades=True)
    )
    return Prepared(
        pdf=output.getvalue(),
        start=digest.reserved_region_start,
        end=digest.reserved_region_end,
        attributes=attributes.dump(),
    )


def complete(prepared: Prepared, *, chain: tuple[bytes, ...], signature: bytes) -> bytes:
    """See `countersigning.complete`."""
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    external = _external(chain, encode_dss_signature(r, s))
    attributes = CMSAttributes.load(prepared.attributes)
    cms = _run(external.async_sign_prescribed_attributes("sha256", attributes))
    output = BytesIO(prepared.pdf)
    # The digest is told already, inside the attributes: only the place is used.
    place = PreparedByteRangeDigest(b"", prepared.start, prepared.end)
    place.fill_with_cms(output, cms)
    return output.getvalue()


def _external(chain: tuple[bytes, ...], value: bytes) -> ExternalSigner:
    return ExternalSigner(
        signing_cert=certificate(chain[0]),
        cert_registry=store(chain[1:]),
        signature_value=value,
        signature_mechanism=SignedDigestAlgorithm(_ECDSA),
    )


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)

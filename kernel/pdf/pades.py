"""The signing library at work for `kernel.pdf.signing`, which is the only one to load it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from pyhanko.keys.pemder import (
    load_certs_from_pemder_data,
    load_private_key_from_pemder_data,
)
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from kernel.pdf.pen import SHANGHAI
from kernel.pdf.record import Rendered
from kernel.pdf.seal import Seal
from kernel.pdf.signing import SealCheck, Unsigned
from kernel.pdf.stamp import stamp_page

LOG = logging.getLogger("sunbid.pdf")
FIELD: Final = "Seal"
_FILL: Final = SimpleBoxLayoutRule(
    x_align=AxisAlignment.ALIGN_MID, y_align=AxisAlignment.ALIGN_MID, margins=Margins(0, 0, 0, 0)
)


def sign(
    rendered: Rendered,
    *,
    seal: Seal,
    at: datetime,
    reason: str,
    stamper: TimeStamper | None = None,
) -> bytes:
    """See `signing.apply_seal`."""
    signer = SimpleSigner(
        signing_cert=certificate(seal.chain[0]),
        signing_key=load_private_key_from_pemder_data(seal.private_key, None),
        cert_registry=store(seal.chain[1:]),
    )
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=seal.name,
        reason=reason,
    )
    sealing = ClaimedTime(
        metadata,
        signer=signer,
        timestamper=stamper,
        stamp_style=_style(rendered, seal, at),
        new_field_spec=SigFieldSpec(
            sig_field_name=FIELD, on_page=rendered.seal_page, box=_box(rendered)
        ),
    )
    sealing.claimed = at.astimezone(SHANGHAI)
    signed: BytesIO = sealing.sign_pdf(IncrementalPdfFileWriter(BytesIO(rendered.pdf)))
    return signed.getvalue()


class ClaimedTime(PdfSigner):
    """Claims the given time: the library would read a clock that is not the house's."""

    claimed: datetime

    def init_signing_session(self, *args: Any, **options: Any) -> PdfSigningSession:
        """Begin a signature at the claimed time."""
        session = super().init_signing_session(*args, **options)
        session.system_time = self.claimed
        return session


def _box(rendered: Rendered) -> tuple[int, int, int, int] | None:
    if rendered.seal_box is None:
        return None
    x0, y0, x1, y1 = (round(edge) for edge in rendered.seal_box)
    return (x0, y0, x1, y1)


def _style(rendered: Rendered, seal: Seal, at: datetime) -> StaticStampStyle | None:
    box = _box(rendered)
    if box is None:
        return None
    serial = f"{certificate(seal.chain[0]).serial_number:x}"
    page = stamp_page(
        name=seal.name, legend=seal.legend, tail=serial[-8:], at=at, side=box[2] - box[0]
    )
    return StaticStampStyle(
        border_width=0, background=_Stamp(page), background_layout=_FILL, background_opacity=0.86
    )


class _Stamp(PdfContent):
    """A page held in memory as the ground of a stamp."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self._page = page

    def render(self) -> bytes:
        """Import the page into the document being signed."""
        writer: Any = self.writer
        imported = writer.import_page_as_xobject(PdfFileReader(BytesIO(self._page)), page_ix=0)
        self.resources.xobject["/Stamp"] = imported
        x0, y0, x1, y1 = imported.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(x1 - x0), height=abs(y1 - y0))
        return b"/Stamp Do"


def certificate(der: bytes) -> Any:
    """A certificate as the library reads it."""
    return next(iter(load_certs_from_pemder_data(der)))


def store(certificates: Sequence[bytes]) -> Any:
    """A chain as the library reads it."""
    untyped: Any = SimpleCertificateStore
    store = untyped()
    store.register_multiple(certificate(der) for der in certificates)
    return store


def verify(pdf: bytes, *, root: bytes, at: datetime | None = None) -> SealCheck:
    """See `signing.verify_seal`."""
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    except Exception as error:
        raise Unsigned("not a readable PDF") from error
    if not signatures:
        raise Unsigned("no signature")
    try:
        return _all(signatures, root=root, at=at)
    except Exception:
        # The parser and validator raise dozens of kinds for bytes that make no sense.
        LOG.info("signature could not be evaluated", exc_info=True)
        return SealCheck(
            intact=False, trusted=False, whole=False, signer="", serial="", signed_at=None
        )


def _all(signatures: Sequence[EmbeddedPdfSignature], **options: Any) -> SealCheck:
    """The first signature, provided that every one holds and the last covers the whole file."""
    first, *later = (_checked(each, **options) for each in signatures)
    last = later[-1] if later else first
    return replace(
        first,
        intact=all(each.intact for each in (first, *later)),
        trusted=all(each.trusted for each in (first, *later)),
        whole=last.whole,
        cosigners=tuple(each.signer for each in later),
    )


def _checked(embedded: EmbeddedPdfSignature, *, root: bytes, at: datetime | None) -> SealCheck:
    claimed = embedded.self_reported_timestamp
    context = ValidationContext(
        trust_roots=[certificate(root)], moment=at or claimed, allow_fetching=False
    )
    status = validate_pdf_signature(embedded, signer_validation_context=context)
    leaf = status.signing_cert
    return SealCheck(
        # Later revisions may add signatures, and nothing else.
        intact=status.intact and status.valid and status.docmdp_ok is not False,
        trusted=status.trusted,
        whole=status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
        signer=str(leaf.subject.native.get("organization_name", "")),
        serial=f"{leaf.serial_number:x}",
        signed_at=claimed,
    )

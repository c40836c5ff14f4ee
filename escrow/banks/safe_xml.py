"""Reading XML from outside: no DTD, no entities, no network, a size cap."""

from typing import Final

from lxml import etree

from escrow.banks.gateway import Cause, UnreadableError

MAX_BYTES: Final = 8 << 20


def tree(raw: bytes) -> etree._Element:
    """The root of a document. Raises UnreadableError: size, DTD, malformed."""
    if len(raw) > MAX_BYTES:
        raise UnreadableError("message too large", Cause.TOO_LARGE)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise UnreadableError("not well-formed XML", Cause.MALFORMED) from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise UnreadableError("a document type is not allowed", Cause.DOCUMENT_TYPE)
    return root

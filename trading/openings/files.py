"""What a file is, judged by its bytes: PDF, PNG or JPEG, whole; its name is a name and no path."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from unicodedata import category, normalize

from kernel.pure.errors import Refused

MOST_NAME: Final = 120
PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
ENDINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {PDF: (".pdf",), PNG: (".png",), JPEG: (".jpg", ".jpeg")}
)
_TAIL: Final = 2048
_PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n"
_PNG_ENDS: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def media_type(content: bytes) -> str:
    """The type that beginning and end agree on. Raises Refused OPN-1609: another, or cut off."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-_TAIL:]:
        return PDF
    if content.startswith(_PNG_BEGINS) and content.endswith(_PNG_ENDS):
        return PNG
    if content.startswith(b"\xff\xd8\xff") and content.endswith(b"\xff\xd9"):
        return JPEG
    raise Refused("OPN-1609")


def checked_name(name: str, kind: str) -> str:
    """A plain file name with the ending of its type. Raises Refused OPN-1613."""
    name = normalize("NFC", name)
    plain = 1 <= len(name) <= MOST_NAME and not any(c in '/\\:*?"<>|' for c in name)
    hidden = name.startswith(".") or name != name.strip()
    if not plain or hidden or any(category(c).startswith("C") for c in name):
        raise Refused("OPN-1613")
    if not name.lower().endswith(ENDINGS[kind]):
        raise Refused("OPN-1613")
    return name

"""The official schemas of ISO 20022, as three packages carry them; nothing else of those is used.

Everything sent is held to them before it leaves, everything received before it is believed.
"""

from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from lxml import etree

from escrow.banks.gateway import Cause, UnreadableError

_HOMES: Final = {
    "acmt": ("acmt001", "acmt001/templates/{name}/{name}.xsd"),
    "camt": ("camt053", "camt053/xsd/{name}.xsd"),
    "pain.001": ("pain001", "pain001/templates/{name}/{name}.xsd"),
    "pain.002": ("pain001", "pain001/pain002/schemas/{name}.xsd"),
}


@cache
def schema(name: str) -> etree.XMLSchema | None:
    """The schema of a message ("camt.053.001.08"), None when there is none."""
    for prefix, (package, place) in _HOMES.items():
        path = Path(str(distribution(package).locate_file(place.format(name=name))))
        if name.startswith(prefix) and path.is_file():
            return etree.XMLSchema(file=str(path))
    return None


def check(root: etree._Element, name: str) -> None:
    """Raises UnreadableError: no such message, or not as its schema says."""
    found = schema(name)
    if found is None:
        raise UnreadableError(f"{name} is not supported", Cause.UNKNOWN_MESSAGE)
    if not found.validate(root):
        # Kind and place only: the schema's words quote what the message says.
        # The type stubs do not know that a log can be indexed.
        first = found.error_log[0]  # type: ignore[index]
        raise UnreadableError(f"not a {name}: {first.type_name} {first.path}", Cause.SCHEMA)

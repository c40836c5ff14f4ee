"""Languages of the interface: Chinese is the source, other catalogues are read from `locale/`."""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

SOURCE = "zh-CN"
LOCALES = Path(__file__).resolve().parent.parent / "locale"


def languages() -> tuple[str, ...]:
    """The source language first, then every language with a catalogue."""
    found = sorted(path.name for path in LOCALES.iterdir()) if LOCALES.is_dir() else []
    return (SOURCE, *found)


@cache
def catalogue(language: str) -> dict[str, str]:
    """Message id → translation; empty for the source language."""
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if language == SOURCE or not path.is_file():
        return {}
    with path.open("rb") as file:
        messages = read_po(file)
    return {
        message.id: message.string
        for message in messages
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string
    }


def translate(language: str, message: str) -> str:
    """The message in `language`; the Chinese source when no translation exists."""
    return catalogue(language).get(message, message)

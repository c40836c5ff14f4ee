"""Languages of the interface: Chinese is the source, other catalogues are read from `locale/`."""

from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from flask import has_request_context, request

SOURCE = "zh-CN"
LOCALES = Path(__file__).resolve().parent.parent / "locale"


@cache
def languages() -> tuple[str, ...]:
    """The source language first, then every language with a catalogue; asked at each message."""
    found = sorted(path.name for path in LOCALES.iterdir()) if LOCALES.is_dir() else []
    return (SOURCE, *found)


@cache
def _read(language: str) -> Catalog:
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if language == SOURCE or not path.is_file():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)


@cache
def catalogue(language: str) -> dict[str, str]:
    """Message id → translation; empty for the source language."""
    return {
        message.id: message.string
        for message in _read(language)
        if isinstance(message.id, str)
        and message.id
        and isinstance(message.string, str)
        and message.string
    }


@cache
def script_messages(language: str) -> dict[str, str]:
    """The part of the catalogue that scripts use (messages found in .js files)."""
    known = catalogue(language)
    return {
        message.id: known[message.id]
        for message in _read(language)
        if isinstance(message.id, str)
        and message.id in known
        and any(str(place).endswith(".js") for place, _ in message.locations)
    }


def translate(language: str, message: str) -> str:
    """The message in `language`; the Chinese source when no translation exists."""
    return catalogue(language).get(message, message)


def current() -> str:
    """The reader's language, by cookie; the source outside a request."""
    chosen = request.cookies.get("lang", SOURCE) if has_request_context() else SOURCE
    return chosen if chosen in languages() else SOURCE


def say(message: str, **facts: object) -> str:
    """The message in the reader's language with its facts filled in."""
    text = translate(current(), message)
    return text % facts if facts else text

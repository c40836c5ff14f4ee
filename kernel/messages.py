"""`python -m kernel.messages`: bring the translation catalogues up to the texts of the code.

Collects every message of templates and scripts (babel.cfg) and merges it into each
`locale/<language>/LC_MESSAGES/messages.po`; says how many are still untranslated.
"""

import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from kernel.i18n import LOCALES

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDERS: Final = ("kernel", "trading", "escrow", "evaluation", "static")
PYTHON: Final = {"_": None, "say": None, "Place": None}
"""`Place("首页", "/")` of the navigation and `say("…")` of Python count as messages too."""
SCRIPTS: Final = {"_": None}


def collected(root: Path = ROOT) -> Catalog:
    """Every message of the code, with the files it stands in."""
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalog = Catalog(fuzzy=False)
    for folder in FOLDERS:
        found = extract_from_dir(
            str(root / folder),
            method_map=methods,
            options_map=options,
            keywords=SCRIPTS if folder == "static" else PYTHON,
        )
        for name, line, message, comments, _context in found:
            text = message[0] if isinstance(message, tuple) else message
            if text:
                catalog.add(text, locations=[(f"{folder}/{name}", line)], auto_comments=comments)
    return catalog


def merged(language: str, template: Catalog) -> Catalog:
    """The catalogue of a language with exactly the template's messages, translations kept."""
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    made = catalog.creation_date
    catalog.update(template, no_fuzzy_matching=True)
    catalog.creation_date = made  # otherwise every run would change the file
    catalog.obsolete.clear()
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    """Message ids without a translation."""
    return [str(message.id) for message in catalog if message.id and not message.string]


def main() -> int:
    """Update every catalogue in place."""
    template = collected()
    for folder in sorted(path for path in LOCALES.iterdir() if path.is_dir()):
        catalog = merged(folder.name, template)
        with (folder / "LC_MESSAGES" / "messages.po").open("wb") as file:
            write_po(file, catalog, width=100, sort_output=True, include_lineno=False)
        missing = len(untranslated(catalog))
        sys.stdout.write(f"{folder.name}: {len(catalog)} messages, {missing} untranslated\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

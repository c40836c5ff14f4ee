"""Refusals in code against their catalogues: nothing unexplained, nothing left over."""

import ast
import re
import string
import tomllib
from pathlib import Path
from typing import Any

from tests.architecture.source import PACKAGES, breach, modules

CODE = re.compile(r"[A-Z]{3}-\d{4}")
WORDS = ("what", "why", "next")


def catalogue(root: Path) -> dict[str, dict[str, Any]]:
    """Every entry of every package's refusals.toml."""
    entries: dict[str, dict[str, Any]] = {}
    for package in PACKAGES:
        file = root / package / "refusals.toml"
        if file.exists():
            entries |= tomllib.loads(file.read_text("utf-8"))
    return entries


def used(root: Path) -> dict[str, str]:
    """Code → where it first stands, for every string constant that is exactly a code."""
    found: dict[str, str] = {}
    for path, tree in modules(root):
        for node in ast.walk(tree):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and CODE.fullmatch(value):
                found.setdefault(value, breach(path, node, value))
    return found


def uncatalogued(root: Path) -> list[str]:
    """Codes in the code that nobody could explain to the person refused."""
    known = catalogue(root)
    return sorted(where for code, where in used(root).items() if code not in known)


def unused(root: Path) -> list[str]:
    """Codes explained that nothing raises."""
    return sorted(set(catalogue(root)) - set(used(root)))


def badly_told(root: Path) -> list[str]:
    """Entries without status or words, and files out of order."""
    found = []
    for code, entry in catalogue(root).items():
        if not CODE.fullmatch(code) or not 400 <= entry.get("status", 0) <= 599:
            found.append(f"{code}: code or status")
        found += [f"{code}: no {part}" for part in WORDS if not str(entry.get(part, "")).strip()]
        if extra := set(entry) - {"status", *WORDS}:
            found.append(f"{code}: unknown {sorted(extra)}")
    for package in PACKAGES:
        file = root / package / "refusals.toml"
        if file.exists():
            codes = list(tomllib.loads(file.read_text("utf-8")))
            if codes != sorted(codes):
                found.append(f"{package}/refusals.toml: codes are not sorted")
    return found


def facts_missing(root: Path) -> list[str]:
    """`Refused("X", …)` that lacks a fact which the words of X name."""
    known = catalogue(root)
    found = []
    for path, tree in modules(root):
        for node in ast.walk(tree):
            if not _refuses(node):
                continue
            assert isinstance(node, ast.Call)
            first = node.args[0] if node.args else None
            if isinstance(first, ast.JoinedStr):
                found.append(breach(path, node, "a code is written out, never composed"))
            if not isinstance(first, ast.Constant) or first.value not in known:
                continue
            given = {word.arg for word in node.keywords}
            if None in given:
                continue
            lacking = placeholders(known[first.value]) - given
            if lacking:
                found.append(breach(path, node, f"{first.value} lacks {sorted(map(str, lacking))}"))
    return found


def placeholders(entry: dict[str, Any]) -> set[str | None]:
    """Names of the facts in an entry's words."""
    formatter = string.Formatter()
    return {
        re.split(r"[.\[]", name)[0]
        for part in WORDS
        for _, name, _, _ in formatter.parse(str(entry.get(part, "")))
        if name
    }


def _refuses(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] == "Refused"
        and bool(node.args)
    )

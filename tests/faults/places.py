"""Every place an installation keeps or tells anything: rows, files, log lines, answers, frames."""

import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

PAGE = 8192
OURS = "schemaname NOT IN ('pg_catalog', 'information_schema')"


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing found: where, and its content. `kind` is row, transaction, file, line, page…"""

    kind: str
    where: str
    content: bytes


def rows(url: str) -> list[Piece]:
    """Every row of every table, each column as text; bytea also as the bytes it holds."""
    return [Piece("row", table, _shown(row)) for table, row in _tables(url)]


def transactions(url: str) -> list[Piece]:
    """All rows that one transaction left behind, together: what it ties is tied for ever."""
    held: dict[str, list[bytes]] = {}
    for table, row in _tables(url):
        held.setdefault(row["written by"], []).append(table.encode() + b"\x1f" + _shown(row))
    return [Piece("transaction", number, b"\n".join(found)) for number, found in held.items()]


def files_with(folder: Path, forms: Iterable[bytes]) -> Iterator[Piece]:
    """Every file below in which one of the forms stands; grep looks for all of them at once."""
    wanted = b"\n".join(forms)
    found = subprocess.run(
        ("grep", "-rlaF", "-D", "skip", "--null", "-f", "-", "."),
        input=wanted,
        cwd=folder,
        env={"LC_ALL": "C"},
        stdout=subprocess.PIPE,
        check=False,
    )
    assert found.returncode in (0, 1, 2), found
    for name in found.stdout.split(b"\0")[:-1]:
        path = folder / name.decode()
        yield Piece("file", str(path.relative_to(folder)), _read(path))


def files(folder: Path) -> Iterator[Piece]:
    """Every file below, whole; what PostgreSQL or a process takes away meanwhile is not there."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield Piece("file", str(path.relative_to(folder)), _read(path))


def tied(found: Piece, tables: frozenset[str]) -> Iterator[Piece]:
    """What of a file belongs together: a line of a log, a page of a table, else the whole file.

    `tables` are the files of our own tables. PostgreSQL's catalogues and write-ahead log mix
    whatever happens, as docs/security.md says; transactions are judged by the rows they left.
    """
    if found.where.startswith("logs/"):
        for number, line in enumerate(found.content.splitlines(), start=1):
            yield Piece("line", f"{found.where}:{number}", line)
    elif "/base/" in found.where:
        if found.where in tables:
            for at in range(0, len(found.content), PAGE):
                yield Piece("page", f"{found.where}@{at}", found.content[at : at + PAGE])
    elif "/pg_wal/" not in found.where:
        yield found


def table_files(url: str, beneath: str) -> frozenset[str]:
    """The data folder's files of our own tables, indexes included, below `beneath`."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        found = connection.execute(
            "SELECT pg_relation_filepath(c.oid) FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') "
            "AND pg_relation_filepath(c.oid) IS NOT NULL"
        ).fetchall()
    return frozenset(f"{beneath}/{path}" for (path,) in found)


def betrayals(found: Iterable[Piece], left: Iterable[bytes], right: Iterable[bytes]) -> list[str]:
    """Where something of both sides stands together."""
    ones, others = tuple(left), tuple(right)
    said = []
    for piece in found:
        here = [one for one in ones if one in piece.content]
        there = [other for other in others if here and other in piece.content]
        if here and there:
            said.append(f"{piece.kind} {piece.where}: {here[0]!r} with {there[0]!r}")
    return said


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _tables(url: str) -> Iterator[tuple[str, dict[str, Any]]]:
    with psycopg.connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        named = connection.execute(
            f"SELECT schemaname, tablename FROM pg_tables WHERE {OURS}"
        ).fetchall()
        for schema, table in named:
            query = sql.SQL('SELECT xmin::text AS "written by", t.* FROM {} t')
            for row in cursor.execute(query.format(sql.Identifier(schema, table))):
                yield table, row


def _shown(row: dict[str, Any]) -> bytes:
    return b"\x1f".join(_value(value) for name, value in row.items() if name != "written by")


def _value(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value) + b"\x1f" + bytes(value).hex().encode()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).encode()
    return str(value).encode()

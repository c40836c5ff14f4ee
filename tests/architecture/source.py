"""Laws of the house read off the syntax tree: each takes a tree's root, returns its breaches."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

PACKAGES = ("kernel", "verifier", "evaluation", "escrow", "trading")
LINES = 400
DOCSTRING_LINES = 5

Law = Callable[[Path], list[str]]


def modules(root: Path, *packages: str) -> Iterator[tuple[str, ast.Module]]:
    """Path relative to `root` and syntax tree of every module of the packages."""
    for package in packages or PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            yield path.relative_to(root).as_posix(), _parsed(path, path.stat().st_mtime_ns)


@cache
def _parsed(path: Path, _changed: int) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def breach(path: str, node: ast.AST, what: str) -> str:
    return f"{path}:{getattr(node, 'lineno', 1)}: {what}"


# --- one transaction edge ---------------------------------------------------------------------

EDGE = "kernel/db.py"
OWN_BOOKS = ("escrow/banks/simulator/", "migrations/env.py")
TRANSACTION = {"commit", "begin", "begin_nested", "isolation_level"}
ENGINES = {"create_engine", "sessionmaker", "scoped_session", "Session"}
INSIDE = {"rules", "models", "queries", "actions", "access", "views"}
SPEAKERS = {"execute", "exec_driver_sql", "text"}
SPOKEN = re.compile(r"\s*(BEGIN|COMMIT|SAVEPOINT\b.*|START TRANSACTION)\s*;?\s*", re.IGNORECASE)


def transaction_edge(root: Path) -> list[str]:
    """Only kernel/db.py opens and commits; features never open a transaction themselves."""
    found = []
    for path, tree in modules(root, *PACKAGES, "migrations"):
        if path == EDGE or path.startswith(OWN_BOOKS):
            continue
        feature = Path(path).stem in INSIDE and path.count("/") > 1
        for node in ast.walk(tree):
            what = _transaction(node, feature=feature)
            if what:
                found.append(breach(path, node, what))
    return found


def _transaction(node: ast.AST, *, feature: bool) -> str | None:
    if isinstance(node, ast.Attribute):
        if node.attr in TRANSACTION:
            return f"`{node.attr}` belongs to {EDGE}"
        if feature and node.attr in {"writing", "reading"}:
            return f"`{node.attr}` is for the edges; a feature is handed its session"
    if isinstance(node, ast.keyword) and node.arg in TRANSACTION:
        return f"`{node.arg}` belongs to {EDGE}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ENGINES:
        return f"`{node.func.id}` belongs to {EDGE}"
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in SPEAKERS:
        words = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        if any(isinstance(word, str) and SPOKEN.fullmatch(word) for word in words):
            return f"a transaction command in text belongs to {EDGE}"
    return None


# --- the world outside ------------------------------------------------------------------------

ENVIRONMENT = {"environ", "environb", "getenv"}
CLOCK_READERS = {"now", "utcnow", "today"}
# A witness that took its time from the platform would vouch for nothing.
CLOCK_EXEMPT = ("kernel/bench/", "kernel/own_clock.py", "kernel/supervisor.py", "trading/run.py")


def environment(root: Path) -> list[str]:
    """Only kernel/settings.py reads the environment."""
    return [
        breach(path, node, "only kernel/settings.py reads the environment")
        for path, tree in modules(root, *PACKAGES, "migrations")
        if path != "kernel/settings.py"
        for node in ast.walk(tree)
        if _environment(node)
    ]


def _environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "os":
        return any(name.name in ENVIRONMENT for name in node.names)
    return isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT


def clocks(root: Path) -> list[str]:
    """Time is asked of the database, through kernel/clock.py; monotonic time is free."""
    found = []
    for path, tree in modules(root):
        if path == "kernel/clock.py" or path.startswith(CLOCK_EXEMPT):
            continue
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = ast.unparse(node.func.value).rpartition(".")[2]
            calendar = node.func.attr in CLOCK_READERS and owner in {"datetime", "date"}
            if calendar or (owner == "time" and node.func.attr in {"time", "time_ns"}):
                found.append(breach(path, node, "time comes from kernel.clock"))
    return found


# --- names, sizes, words ----------------------------------------------------------------------

BANNED_MODULES = {"utils", "util", "helpers", "helper", "common", "base", "misc"}
BANNED_CLASSES = re.compile(r"(Manager|Service|Repository|Helper|Utils)$")


def names(root: Path) -> list[str]:
    """No drawers for odds and ends, no ceremony."""
    found = []
    for path, tree in modules(root):
        if BANNED_MODULES & set(Path(path).with_suffix("").parts):
            found.append(f"{path}: a name that says nothing")
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and BANNED_CLASSES.search(node.name):
                found.append(breach(path, node, f"class {node.name} is named for ceremony"))
    return found


def mocks(root: Path) -> list[str]:
    """Tests run the real thing."""
    return [
        breach(path, node, "no mocks of our own code")
        for path, tree in modules(root, *PACKAGES, "tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and "mock" in ast.unparse(node).replace(",", " ").replace(".", " ").split()
    ]


def headings(root: Path) -> list[str]:
    """Every module says in at most five lines what it is."""
    found = []
    for path, tree in modules(root, *PACKAGES, "migrations", "tests"):
        if not tree.body:
            continue
        words = ast.get_docstring(tree)
        if not words:
            found.append(f"{path}:1: no docstring")
        elif len(words.splitlines()) > DOCSTRING_LINES:
            found.append(f"{path}:1: docstring over {DOCSTRING_LINES} lines")
    return found


def sources(root: Path) -> Iterator[Path]:
    """Everything people write: Python, JavaScript, style sheets, templates."""
    for pattern in ("*.py", "*.js", "*.mjs", "*.css", "*.html"):
        for folder in (*PACKAGES, "migrations", "static/src", "static/css", "tests"):
            yield from sorted((root / folder).rglob(pattern))


def sizes(root: Path) -> list[str]:
    """A file longer than 400 lines hides a second one."""
    return [
        f"{path.relative_to(root)}: {count} lines"
        for path in sources(root)
        if (count := len(path.read_text("utf-8").splitlines())) > LINES
    ]


def todos(root: Path) -> list[str]:
    """An open end names its issue: TODO(#n)."""
    wish = re.compile(r"\b(TODO(?!\(#\d+\))|FIXME|XXX|HACK)\b")
    return [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for path in sources(root)
        if "architecture" not in path.parts
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if wish.search(line)
    ]


def packages(root: Path) -> list[str]:
    """A folder with modules is a package, else neither contracts nor types would see it."""
    return sorted(
        {
            f"{path.parent.relative_to(root)}: no __init__.py"
            for package in PACKAGES
            for path in (root / package).rglob("*.py")
            if not (path.parent / "__init__.py").exists()
        }
    )


# --- templates --------------------------------------------------------------------------------

INLINE = re.compile(
    r"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>|<style\b|\sstyle=|"
    r"\son[a-z]+=|href=\"javascript:",
    re.IGNORECASE,
)


def inline_code(root: Path) -> list[str]:
    """The content security policy forbids inline scripts and styles; so does this."""
    return [
        f"{path.relative_to(root)}:{number}: {line.strip()[:80]}"
        for package in PACKAGES
        for path in sorted((root / package).rglob("*.html"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if INLINE.search(line)
    ]


LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        transaction_edge,
        environment,
        clocks,
        names,
        mocks,
        headings,
        sizes,
        todos,
        packages,
        inline_code,
    )
}

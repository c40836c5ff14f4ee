"""pytest, once collected, runs the tests again in a fork for every mutant of one module.

A mutant inside a function takes the place of that function's code in the fork, so nothing is
imported anew. What runs at the import is changed there, in a fork that has not imported it yet.
"""

import ast
import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

import hypothesis
import pytest

from tests.mutation.changes import Change, changes

ROOT: Final = Path(__file__).resolve().parents[2]
MODULE: Final = os.environ.get("SUNBID_MUTATED", "")
ANSWERS: Final = os.environ.get("SUNBID_MUTATION_ANSWERS", "")
SLACK_SECONDS: Final = 20.0


def source_of(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


@functools.cache
def parsed(module: str) -> tuple[ast.Module, list[Change]]:
    tree = ast.parse(source_of(module).read_text("utf-8"))
    return tree, changes(tree)


def compiled(module: str, number: int) -> CodeType:
    """The module's code with one change made."""
    tree, found = parsed(module)
    before = found[number].put(found[number].new)
    try:
        # A change carries no place of its own: it takes its parent's.
        code: CodeType = compile(ast.fix_missing_locations(tree), str(source_of(module)), "exec")
    finally:
        found[number].put(before)
    return code


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the mutated module to whoever imports it."""

    def __init__(self, module: str, number: int) -> None:
        self.module, self.number = module, number

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname != self.module:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=str(source_of(fullname)))

    def exec_module(self, module: Any) -> None:
        module.__file__ = str(source_of(self.module))
        exec(compiled(self.module, self.number), module.__dict__)


def change_at_import(module: str, number: int) -> None:
    """From now on whoever imports `module` gets the mutant."""
    assert module not in sys.modules
    sys.meta_path.insert(0, _Changed(module, number))


PHASES: Final = (hypothesis.Phase.explicit, hypothesis.Phase.generate)


def pytest_collection() -> None:
    """A failure is enough; nobody reads the smallest one. Before any test's settings are made."""
    hypothesis.settings.register_profile("mutation", deadline=None, database=None, phases=PHASES)
    hypothesis.settings.load_profile("mutation")


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if not MODULE or session.config.option.collectonly:
        return None
    if session.testsfailed:
        raise pytest.UsageError("the tests could not be collected")
    reached, seconds = _measured(session)
    with Path(ANSWERS).open("a", encoding="utf-8") as answers:
        for number, one in enumerate(parsed(MODULE)[1]):
            if one.within is None:
                continue
            took = reached.get(one.within, {})
            items = [item for item in session.items if item.nodeid in took]
            items.sort(key=lambda item, took=took: took[item.nodeid])  # type: ignore[misc]
            end = SLACK_SECONDS + 5 * seconds
            fate = _fate(session, number, items, end) if items else "unreached"
            told = {"module": MODULE, "number": number, "line": one.line, "words": one.words}
            answers.write(json.dumps({**told, "fate": fate}, ensure_ascii=False) + "\n")
            answers.flush()
    return True


def _measured(session: pytest.Session) -> tuple[dict[str, dict[str, float]], float]:
    """Which tests reach each function and how long they take, all of them green, in a fork."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        reached: dict[str, dict[str, float]] = {}
        for at, item in enumerate(session.items):
            seen: set[str] = set()
            began = time.monotonic()
            sys.setprofile(functools.partial(_note, seen))
            threading.setprofile(functools.partial(_note, seen))
            _run_one(session, item, at)
            sys.setprofile(None)
            threading.setprofile(None)
            for name in seen:
                reached.setdefault(name, {})[item.nodeid] = time.monotonic() - began
        with os.fdopen(write, "w") as out:
            json.dump({"reached": reached, "failed": session.testsfailed}, out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as told_by:
        told = json.loads(told_by.read() or '{"failed": 1, "reached": {}}')
    os.waitpid(child, 0)
    if told["failed"]:
        raise pytest.UsageError(f"{told['failed']} tests fail before anything is changed")
    every = {name: took for tests in told["reached"].values() for name, took in tests.items()}
    return told["reached"], sum(every.values())


def _note(seen: set[str], frame: FrameType, event: str, _: object) -> None:
    if event == "call" and frame.f_code.co_filename == _FILE:
        seen.add(frame.f_code.co_qualname.partition(".<locals>")[0])


_FILE: Final = str(source_of(MODULE)) if MODULE else ""


def _run_one(session: pytest.Session, item: pytest.Item, at: int) -> None:
    following = session.items[at + 1] if at + 1 < len(session.items) else None
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def _fate(session: pytest.Session, number: int, items: list[pytest.Item], end: float) -> str:
    def fails() -> bool:
        _patch(number)
        session.items = items
        for at, item in enumerate(items):
            _run_one(session, item, at)
            if session.testsfailed:
                return True
        return False

    return fate_of(fails, end)


def fate_of(fails: Callable[[], bool], end: float) -> str:
    """What becomes of a mutant whose tests are run in a fork: killed, lived, or endless."""
    if (child := os.fork()) == 0:
        _quiet()
        try:
            failed = fails()
        except BaseException:
            failed = True
        os._exit(failed)
    began = time.monotonic()
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "lived" if status == 0 else "killed"
        if time.monotonic() - began > end:
            os.kill(child, 9)
            os.waitpid(child, 0)
            return "endless"
        time.sleep(0.005)


def _quiet() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _patch(number: int) -> None:
    within = parsed(MODULE)[1][number].within
    assert within is not None
    made = _code_of(compiled(MODULE, number), within)
    _function(importlib.import_module(MODULE), within).__code__ = made


def _code_of(module: CodeType, qualname: str) -> CodeType:
    waiting = [module]
    while waiting:
        for part in waiting.pop().co_consts:
            if isinstance(part, CodeType):
                if part.co_qualname == qualname:
                    return part
                waiting.append(part)
    raise LookupError(qualname)


def _function(found: Any, qualname: str) -> FunctionType:
    """The function itself, below properties, class methods, caches and context managers."""
    for name in qualname.split("."):
        found = vars(found)[name] if isinstance(found, type) else getattr(found, name)
        if isinstance(found, property):
            found = found.fget
        if isinstance(found, classmethod | staticmethod):
            found = found.__func__
        while hasattr(found, "__wrapped__"):
            found = found.__wrapped__
    assert isinstance(found, FunctionType), qualname
    return found

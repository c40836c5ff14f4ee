"""Every small wrong change of a module's text: one node of its tree replaced by another.

What nobody can notice is left out beforehand: annotations, docstrings, decorators, the words of
exceptions that no program reads, and what is only logged.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_RECKONED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Pow: ast.Mult,
}
_UNNOTICED: Final = frozenset({"annotation", "returns", "decorator_list", "type_comment", "bases"})
_FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Change:
    """Put `new` into `field` of `owner` (at `index` of a list): on `line`, in words.

    `within` is the outermost function or method concerned, None for what runs at the import.
    """

    owner: ast.AST
    field: str
    index: int | None
    new: Any
    line: int
    words: str
    within: str | None

    def put(self, node: Any) -> Any:
        """Put a node there; returns what stood there."""
        if self.index is None:
            before = getattr(self.owner, self.field)
            setattr(self.owner, self.field, node)
        else:
            row = getattr(self.owner, self.field)
            before, row[self.index] = row[self.index], node
        return before


def changes(tree: ast.Module) -> list[Change]:
    """Every change of a module, in the order of its text."""
    return sorted(_below(tree, None, ""), key=lambda one: one.line)


def _below(owner: ast.AST, within: str | None, path: str) -> Iterator[Change]:
    for name, value in ast.iter_fields(owner):
        if name in _UNNOTICED or (isinstance(owner, ast.arguments) and within is not None):
            continue
        several = isinstance(value, list)
        for index, child in enumerate(value if several else [value]):
            if not isinstance(child, ast.AST) or _silent(owner, name, index, child):
                continue
            inside, further = _place(child, within, path)
            place = index if several else None
            line = getattr(child, "lineno", getattr(owner, "lineno", 0))
            for new, words in _instead(child):
                yield Change(owner, name, place, new, line, words, within)
            yield from _below(child, inside, further)


def _place(child: ast.AST, within: str | None, path: str) -> tuple[str | None, str]:
    """The outermost function that holds what is below `child`, and the path of classes to it."""
    if isinstance(child, ast.ClassDef):
        return within, f"{path}{child.name}."
    if isinstance(child, _FUNCTION) and within is None:
        return f"{path}{child.name}", path
    return within, path


def _silent(owner: ast.AST, field: str, index: int, child: ast.AST) -> bool:
    """Docstrings, words of exceptions and of logs, parts of formatted texts, imports."""
    if isinstance(child, ast.Import | ast.ImportFrom | ast.JoinedStr):
        return True
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True
    if isinstance(child, ast.Expr) and ast.unparse(child.value).startswith("LOG."):
        return True
    if isinstance(child, ast.Assert):
        return True
    if isinstance(owner, ast.Assign) and field == "value":
        return ast.unparse(owner.targets[0]) in ("__tablename__", "__all__")
    raised = isinstance(owner, ast.Raise) and isinstance(child, ast.Call)
    return raised and ast.unparse(child.func) != "Refused"  # type: ignore[attr-defined]


def _instead(node: ast.AST) -> Iterator[tuple[Any, str]]:
    yield from _operators(node)
    yield from _constants(node)
    yield from _conditions(node)
    yield from _statements(node)


def _operators(node: ast.AST) -> Iterator[tuple[Any, str]]:
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                for other in _COMPARED.get(type(op), ()):
                    others = [*ops[:at], other(), *ops[at + 1 :]]
                    yield _told(node, _with(node, ops=others))
        case ast.BinOp(op=op) if type(op) in _RECKONED:
            yield _told(node, _with(node, op=_RECKONED[type(op)]()))
        case ast.BoolOp(op=op):
            other_op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield _told(node, _with(node, op=other_op))
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield _told(node, operand)


def _constants(node: ast.AST) -> Iterator[tuple[Any, str]]:
    match node:
        case ast.Constant(value=bool(value)):
            yield _told(node, ast.Constant(not value))
        case ast.Constant(value=int(value)):
            yield _told(node, ast.Constant(value + 1))
        case ast.Constant(value=str(value)):
            yield _told(node, ast.Constant(f"{value}~"))
        case ast.Constant(value=bytes(value)):
            yield _told(node, ast.Constant(value + b"~"))


def _conditions(node: ast.AST) -> Iterator[tuple[Any, str]]:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            if not isinstance(test, ast.Compare | ast.UnaryOp):
                yield _with(node, test=_not(test)), f"not ({ast.unparse(test)})"
        case ast.comprehension(ifs=[_, *_]):
            yield _with(node, ifs=[]), f"without if {ast.unparse(node.ifs[0])}"
        case ast.match_case(guard=ast.expr() as guard):
            yield _with(node, guard=_not(guard)), f"case not ({ast.unparse(guard)})"
        case ast.Call(keywords=[_, *_] as keywords):
            for at, one in enumerate(keywords):
                if one.arg in ("key", "at_most_fen", "populate_existing", "reverse"):
                    left = [*keywords[:at], *keywords[at + 1 :]]
                    yield _told(node, _with(node, keywords=left))


def _statements(node: ast.AST) -> Iterator[tuple[Any, str]]:
    match node:
        case ast.Expr() | ast.Raise() | ast.AugAssign():
            yield ast.Pass(), f"without {_short(node)}"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass(), f"without {_short(node)}"
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None)), f"return None, not {_short(value)}"
        case ast.Break():
            yield ast.Continue(), "continue, not break"
        case ast.Continue():
            yield ast.Break(), "break, not continue"


def _with(node: ast.AST, **fields: Any) -> Any:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _not(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _told(old: ast.AST, new: ast.AST) -> tuple[ast.AST, str]:
    return new, f"{_short(old)} -> {_short(new)}"


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
    return text if len(text) <= 70 else f"{text[:67]}..."

"""Faults told without their message: a driver's or parser's words may repeat what it was given."""

import traceback


def described(error: BaseException) -> str:
    """The kinds of an error and its causes, and the places they came from; no values."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        ]
        cause = cause.__cause__ or cause.__context__
    return "\n".join(lines)

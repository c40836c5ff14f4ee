"""Requests of results as values; JSON or a form, the same names in both."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage

from kernel.pure.errors import Refused
from kernel.pure.money import parse_yuan
from trading.results.objecting import Attachment
from trading.results.rules import Cause, ContractTerms, PassedOver

DAYS_MOST = 60


def shown() -> Mapping[str, Any]:
    """The request's fields: a JSON object, or those of a form. Raises Refused WEB-1004."""
    if not request.is_json:
        return request.form.to_dict()
    value = request.get_json(silent=True)
    if not isinstance(value, dict):
        raise Refused("WEB-1004", detail="应为 JSON 对象")
    return value


def text(given: Mapping[str, Any], name: str, most: int) -> str:
    """A text field, empty when it is missing. Raises Refused WEB-1004."""
    value = given.get(name, "")
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise Refused("WEB-1004", detail=name)
    return value


def days(given: Mapping[str, Any]) -> int | None:
    """Days of publicity; None for the rule set's own. Raises Refused WEB-1004."""
    value = given.get("days")
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not str(value).isdecimal() or int(value) > DAYS_MOST:
        raise Refused("WEB-1004", detail="days")
    return int(value)


def rank(given: Mapping[str, Any]) -> int:
    """The chosen rank, 1 when none is named. Raises Refused WEB-1004."""
    value = str(given.get("rank", 1))
    if not value.isdecimal() or len(value) > 2:
        raise Refused("WEB-1004", detail="rank")
    return int(value)


def cause(given: Mapping[str, Any]) -> Cause:
    """A listed cause of 条例 55. Raises Refused WEB-1004."""
    try:
        return Cause(str(given.get("cause")))
    except ValueError:
        raise Refused("WEB-1004", detail="cause") from None


def passed_over(given: Mapping[str, Any]) -> tuple[PassedOver, ...]:
    """Causes for higher ranks: a list [{rank, cause, text}], or its JSON text."""
    value = given.get("passed_over") or []
    try:
        listed = json.loads(value) if isinstance(value, str) else value
        return tuple(_passed(each) for each in listed)
    except (KeyError, TypeError, ValueError):
        raise Refused("WEB-1004", detail="passed_over") from None


def _passed(each: Mapping[str, Any]) -> PassedOver:
    if isinstance(each["rank"], bool) or not isinstance(each["rank"], int):
        raise TypeError("rank")
    return PassedOver(each["rank"], Cause(each["cause"]), str(each["text"]))


def contract(given: Mapping[str, Any]) -> ContractTerms:
    """Number, amount (`amount_fen`, or `amount` in yuan), day and reason. Raises WEB-1004."""
    try:
        signed = date.fromisoformat(str(given.get("signed_on", "")))
        if given.get("amount_fen") not in (None, ""):
            amount = int(str(given["amount_fen"]))
        else:
            amount = parse_yuan(str(given.get("amount", "")))
    except ValueError:
        raise Refused("WEB-1004", detail="signed_on, amount_fen") from None
    return ContractTerms(
        number=text(given, "number", 200),
        amount_fen=amount,
        signed_on=signed,
        late_reason=text(given, "late_reason", 400),
    )


def attachment(most: int, *, name: str = "file") -> Attachment | None:
    """The file of a multipart form, at most one byte more than is kept; None without one."""
    given: FileStorage | None = request.files.get(name)
    if given is None or not given.filename:
        return None
    leaf = given.filename.replace("\\", "/").rpartition("/")[2]
    return Attachment(leaf, given.stream.read(most + 1))

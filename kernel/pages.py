"""Pages: templates, assets with integrity, the display choices of the reader, strict CSP."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, render_template, request
from markupsafe import Markup

from kernel import i18n
from kernel.clock import legal_now
from kernel.format import FILTERS, GLOBALS
from kernel.house import Call, House
from kernel.permissions import Account, Visitor
from kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation: a Chinese message id, where it leads, what lies behind it."""

    text: str
    href: str
    rooms: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether the page at `path` belongs to this entry."""
        roots = [one for one in (self.href, *self.rooms) if one != "/"]
        return path == self.href or any(path == one or path.startswith(f"{one}/") for one in roots)


THEMES = ("auto", "light", "dark")
MODES = ("standard", "care", "wall")


def render(template: str, **values: Any) -> str:
    """Render a template within the current request."""
    return render_template(template, **values)


def content_security_policy(settings: Settings) -> str:
    """Only our own scripts and styles; the upload process is the one other peer."""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            f"connect-src 'self' {settings.upload_url}",
            "worker-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def install(app: Flask, settings: Settings) -> None:
    """Give templates the filters, the assets, the gettext functions and the page's context."""
    env = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext, lambda one, many, n: _gettext(one if n == 1 else many), newstyle=True
    )
    env.filters.update(FILTERS)
    env.globals.update(GLOBALS)
    env.globals["asset"] = asset
    env.globals["asset_integrity"] = asset_integrity
    env.globals["page_data"] = page_data
    app.context_processor(lambda: _context(settings))


def asset(name: str) -> str:
    """URL of a built file, e.g. `asset("pages/hall.js")`; raises KeyError when not built."""
    return f"/static/dist/{_manifest_entry(name)['file']}"


def built(name: str) -> str:
    """Path of a built file below static/dist; raises KeyError when not built."""
    return str(_manifest_entry(name)["file"])


def asset_integrity(name: str) -> str:
    """Subresource-integrity value of a built file."""
    return str(_manifest_entry(name)["integrity"])


def language() -> str:
    """The reader's language, by cookie."""
    return i18n.current()


def _gettext(message: str) -> str:
    return i18n.translate(language(), message)


def _context(settings: Settings) -> dict[str, Any]:
    actor = g.get("actor", Visitor())
    call = g.get("call")
    return {
        "actor": actor,
        "account": actor if isinstance(actor, Account) else None,
        "now": call.now if call else None,
        "centre": {"name": settings.centre_name, "phone": settings.centre_phone},
        "settings": {
            "upload_url": settings.upload_url,
            "public_url": settings.public_url,
        },
        "csrf_token": actor.csrf_token if isinstance(actor, Account) else "",
        "lang": language(),
        "languages": i18n.languages(),
        "theme": _choice("theme", THEMES),
        "mode": _choice("mode", MODES),
        "nav": _nav(actor),
        "demo": _demo_bar(call),
        "inbox": _bell(call),
    }


def _bell(call: Call | None) -> int | None:
    """How many reminders wait for the reader, None for those who have no inbox."""
    hook: Callable[[Call], int | None] | None = current_app.extensions.get("sunbid.inbox")
    if hook is None or call is None or not call.session.in_transaction():
        return None
    return hook(call)


def _demo_bar(call: Call | None) -> dict[str, Any] | None:
    """What the demonstration's bar says; on pages of refusal, read in a transaction of its own."""
    hook: Callable[[Call], dict[str, Any]] | None = current_app.extensions.get("sunbid.demo")
    if hook is None:
        return None
    if call is not None and call.session.in_transaction():
        return hook(call)
    house: House = current_app.extensions["sunbid"].house
    with house.database.reading() as session:
        return hook(Call(session, g.get("actor", Visitor()), legal_now(session), house))


def _nav(actor: Any) -> tuple[Place, ...]:
    places: dict[str, tuple[Place, ...]] = current_app.extensions.get("sunbid.nav", {})
    return places.get(actor.role if isinstance(actor, Account) else "public", ())


def _choice(cookie: str, allowed: tuple[str, ...]) -> str:
    value = request.cookies.get(cookie, allowed[0])
    return value if value in allowed else allowed[0]


def _manifest_entry(name: str) -> dict[str, Any]:
    path = Path(current_app.static_folder or "") / "dist" / "manifest.json"
    return _manifest(path, path.stat().st_mtime_ns)[name]


@cache
def _manifest(path: Path, _modified: int) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return entries


def page_data(value: Any) -> Markup:
    """Data for the page's script, as an inert JSON block (never executed under the CSP)."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(f'<script type="application/json" id="page-data">{safe}</script>')  # noqa: S704 - escaped above

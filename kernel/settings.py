"""Settings of one installation. The only module that reads the environment."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OPTIONAL = (
    "simulator_database_url",
    "public_url",
    "upload_url",
    "bank_url",
    "centre_name",
    "centre_phone",
    "key_passphrase",
    "cosigners",
    "stamping_url",
    "stamping_certificates",
    "smtp_url",
    "mail_from",
    "sms_url",
    "ice_urls",
    "turn_secret",
    "other_urls",
    "trusted_proxies",
    "listener_url",
    "listener_lines",
    "listener_bind",
    "listener_database_url",
    "listener_certificate",
    "listener_key",
    "listener_clients",
    "step_up",
)
NUMBERS = (
    "live_address_burst",
    "live_address_rate",
    "picture_mib",
    "picture_peers",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is told from outside; secrets never appear in its repr.

    `database_url` and `simulator_database_url` are libpq URLs; `state_dir` holds blobs, keys and
    logs; the `*_url` values are origins as a browser sees them. `cosigners` lists witnesses of the
    log, "verifier-key address" each, separated by commas; `stamping_url` is an RFC 3161 authority,
    `stamping_certificates` a PEM file of the certificates its stamps are trusted by.
    `smtp_url` is smtp://user:password@host:port or smtps://…, `mail_from` the sender; `sms_url` is
    the HTTP gateway of a provider, or "spool" for a folder in `state_dir`; empty means not used.

    `ice_urls` are STUN and TURN servers for the live picture, separated by commas, `turn_secret` is
    shared with the relay; `picture_peers` may watch by a direct line, and one recording holds
    `picture_mib` at most.

    `other_urls` are origins of further web processes, `trusted_proxies` addresses whose
    X-Forwarded-For is believed, both separated by commas. One address may make
    `live_address_burst` connections and joins at once and `live_address_rate` more each second.

    Banks push to `listener_url` and, by dialect, to the TCP addresses of `listener_lines`,
    "dialect=tcp://host:port" separated by commas; the listener binds their ports at
    `listener_bind` and connects by `listener_database_url`. With `listener_certificate` and
    `listener_key` (PEM files) it speaks TLS, with `listener_clients` (PEM) only to those whose
    certificate one of these authorities issued.

    `step_up` is "always" where nobody approves a payment without a security key, "registered"
    where it is asked of those who have one.
    """

    database_url: str = field(repr=False)
    state_dir: Path
    simulator_database_url: str = field(default="", repr=False)
    public_url: str = "http://localhost:8080"
    upload_url: str = "http://localhost:8081"
    bank_url: str = "http://localhost:8082"
    centre_name: str = "云澜市公共资源交易中心"
    centre_phone: str = "0000-8800 1234"
    key_passphrase: str = field(default="", repr=False)
    cosigners: str = ""
    stamping_url: str = ""
    stamping_certificates: str = ""
    smtp_url: str = field(default="", repr=False)
    mail_from: str = "sunbid@localhost"
    sms_url: str = field(default="", repr=False)
    ice_urls: str = ""
    turn_secret: str = field(default="", repr=False)
    picture_peers: int = 4
    picture_mib: int = 8192
    other_urls: str = ""
    trusted_proxies: str = "127.0.0.1"
    listener_url: str = "http://localhost:8083"
    listener_lines: str = ""
    listener_bind: str = "127.0.0.1"
    listener_database_url: str = field(default="", repr=False)
    listener_certificate: str = ""
    listener_key: str = ""
    listener_clients: str = ""
    step_up: str = "registered"
    live_address_burst: int = 1000
    live_address_rate: int = 50
    static_dir: Path = Path(__file__).resolve().parent.parent / "static"
    secure_cookies: bool = False

    @classmethod
    def from_env(cls) -> "Settings":
        """Read `SUNBID_*` and `DATABASE_URL`; raises KeyError naming a missing required one."""
        env = os.environ
        optional: dict[str, Any] = {
            name: env[f"SUNBID_{name.upper()}"]
            for name in OPTIONAL
            if f"SUNBID_{name.upper()}" in env
        }
        numbers: dict[str, Any] = {
            name: int(env[f"SUNBID_{name.upper()}"])
            for name in NUMBERS
            if f"SUNBID_{name.upper()}" in env
        }
        return cls(
            database_url=env["DATABASE_URL"],
            state_dir=Path(env["SUNBID_STATE_DIR"]),
            secure_cookies=env.get("SUNBID_SECURE_COOKIES") == "1",
            **optional,
            **numbers,
        )

    def environment(self) -> dict[str, str]:
        """Environment in which a child process reads these same settings."""
        told = {
            f"SUNBID_{name.upper()}": str(getattr(self, name)) for name in (*OPTIONAL, *NUMBERS)
        }
        return {
            **os.environ,
            **told,
            "DATABASE_URL": self.database_url,
            "SUNBID_STATE_DIR": str(self.state_dir),
            "SUNBID_SECURE_COOKIES": "1" if self.secure_cookies else "0",
        }

    @property
    def origins(self) -> list[str]:
        """Where pages of this installation come from: its sockets hear no others."""
        return [self.public_url, *(url for url in self.other_urls.split(",") if url)]

    @property
    def lines(self) -> dict[str, str]:
        """TCP address for the pushes of each dialect that has one."""
        told = (one.partition("=") for one in self.listener_lines.split(",") if one)
        return {dialect: address for dialect, _, address in told}

    @property
    def blobs_dir(self) -> Path:
        return self.state_dir / "blobs"

    @property
    def keys_dir(self) -> Path:
        return self.state_dir / "keys"


@dataclass(frozen=True, slots=True)
class Launch:
    """What the launcher tells: folder for state, a database of one's own, when it was called."""

    state_root: Path
    database_url: str | None = field(repr=False)
    began: float | None
    web_processes: int = 1

    @classmethod
    def from_env(cls) -> "Launch":
        """Read `SUNBID_STATE`, `DATABASE_URL`, `SUNBID_STARTED` and `SUNBID_WEB_PROCESSES`.

        `SUNBID_STARTED` is in seconds since the epoch.
        """
        env = os.environ
        beside = Path(__file__).resolve().parent.parent / ".state"
        began = env.get("SUNBID_STARTED")
        return cls(
            state_root=Path(env.get("SUNBID_STATE", beside)),
            database_url=env.get("DATABASE_URL"),
            began=float(began) if began else None,
            web_processes=int(env.get("SUNBID_WEB_PROCESSES", "1")),
        )

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
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is told from outside; secrets never appear in its repr.

    `database_url` and `simulator_database_url` are libpq URLs; `state_dir` holds blobs, keys and
    logs; the `*_url` values are origins as a browser sees them. `cosigners` lists witnesses of the
    log, "verifier-key address" each, separated by commas; `stamping_url` is an RFC 3161 authority,
    `stamping_certificates` a PEM file of the certificates its stamps are trusted by.
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
        return cls(
            database_url=env["DATABASE_URL"],
            state_dir=Path(env["SUNBID_STATE_DIR"]),
            secure_cookies=env.get("SUNBID_SECURE_COOKIES") == "1",
            **optional,
        )

    def environment(self) -> dict[str, str]:
        """Environment in which a child process reads these same settings."""
        told = {f"SUNBID_{name.upper()}": str(getattr(self, name)) for name in OPTIONAL}
        return {
            **os.environ,
            **told,
            "DATABASE_URL": self.database_url,
            "SUNBID_STATE_DIR": str(self.state_dir),
            "SUNBID_SECURE_COOKIES": "1" if self.secure_cookies else "0",
        }

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

    @classmethod
    def from_env(cls) -> "Launch":
        """Read `SUNBID_STATE`, `DATABASE_URL` and `SUNBID_STARTED` (seconds since the epoch)."""
        env = os.environ
        beside = Path(__file__).resolve().parent.parent / ".state"
        began = env.get("SUNBID_STARTED")
        return cls(
            state_root=Path(env.get("SUNBID_STATE", beside)),
            database_url=env.get("DATABASE_URL"),
            began=float(began) if began else None,
        )

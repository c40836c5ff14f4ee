"""Time stamps, checked before they are believed, by OpenSSL too; no changed byte passes."""

import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel import stamps
from kernel.own_clock import OwnClock
from kernel.pure import der
from kernel.pure.errors import Refused
from kernel.pure.timestamps import read_token
from kernel.stamping import authority
from kernel.stamping.authority import LocalAuthority

BODY = b"sunbid/demo/x\n4\nAAAA\n"
IMPRINT = sha256(BODY).digest()


class At(OwnClock):
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stamping")
    authority.found(made, now=OwnClock().now())
    return made


@pytest.fixture(scope="module")
def here(folder: Path) -> LocalAuthority:
    return authority.open_authority(folder, OwnClock())


@pytest.fixture(scope="module")
def trusted(folder: Path) -> tuple[bytes, ...]:
    return stamps.trusted_in((folder / authority.ROOT).read_bytes())


@pytest.fixture(scope="module")
def token(here: LocalAuthority, trusted: tuple[bytes, ...]) -> bytes:
    return stamps.stamp(here, trusted, IMPRINT).token


def test_openssl_believes_what_we_stamp(token: bytes, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(token)
    (tmp_path / "body").write_bytes(BODY)
    command = ["openssl", "ts", "-verify", "-in", str(tmp_path / "token"), "-token_in"]
    root = str(folder / authority.ROOT)
    ran = subprocess.run(
        [*command, "-data", str(tmp_path / "body"), "-CAfile", root],
        capture_output=True,
        check=False,
    )
    assert b"Verification: OK" in ran.stdout, ran.stderr.decode()


@settings(max_examples=150)
@given(data=st.data())
def test_no_changed_byte_is_believed(
    token: bytes, trusted: tuple[bytes, ...], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(token) - 1))
    changed = bytearray(token)
    changed[place] ^= data.draw(st.integers(1, 255))
    honest = stamps.check(token, trusted, IMPRINT)
    try:
        found = stamps.check(bytes(changed), trusted, IMPRINT)
    except Refused as refused:
        assert refused.code.startswith(("LOG-12", "LOG-22"))
    else:
        # What is not signed may differ (a version, an unused name); what it says may not.
        assert (found.at, found.signer) == (honest.at, honest.signer)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_garbage_is_refused_by_name(raw: bytes) -> None:
    for read in (der.read, read_token):
        try:
            read(raw)
        except Refused as refused:
            assert refused.code in {"LOG-1201", "LOG-1202"}


def test_whose_stamp_over_what_and_when(
    folder: Path, here: LocalAuthority, trusted: tuple[bytes, ...], token: bytes, tmp_path: Path
) -> None:
    def refused(code: str, raw: bytes, roots: tuple[bytes, ...], imprint: bytes = IMPRINT) -> None:
        with pytest.raises(Refused, match=code):
            stamps.check(raw, roots, imprint)

    refused("LOG-2201", token, trusted, bytes(32))
    stranger = authority.found(tmp_path / "stranger", now=OwnClock().now())
    refused("LOG-2203", token, stamps.trusted_in(stranger))
    refused("LOG-2203", token, ())
    signer = ((folder / authority.SIGNER).read_bytes(),)
    assert stamps.check(token, signer, IMPRINT).token == token
    expired = LocalAuthority(here.key, here.certificate, At(datetime(2080, 1, 1, tzinfo=UTC)))
    with pytest.raises(Refused, match="LOG-2203"):
        stamps.stamp(expired, trusted, IMPRINT)
    second = timedelta(milliseconds=250)
    noon = datetime(2026, 11, 24, 4, 0, tzinfo=UTC) + second
    dated = stamps.stamp(LocalAuthority(here.key, here.certificate, At(noon)), trusted, IMPRINT)
    assert dated.at == noon


def test_an_answer_to_another_question_is_no_answer(
    here: LocalAuthority, trusted: tuple[bytes, ...]
) -> None:
    class Replay:
        """Answers every request with the answer to the first."""

        first: bytes | None = None

        def answer(self, request: bytes) -> bytes:
            self.first = self.first or here.answer(request)
            return self.first

    replay = Replay()
    stamps.stamp(replay, trusted, IMPRINT)
    with pytest.raises(Refused, match="LOG-2204"):
        stamps.stamp(replay, trusted, IMPRINT)
    with pytest.raises(Refused, match="LOG-2204"):
        stamps.stamp(LocalReject(), trusted, IMPRINT)


class LocalReject:
    """An authority that speaks something else."""

    def answer(self, request: bytes) -> bytes:
        return b"<html>" + request[:4]

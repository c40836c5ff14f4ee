"""The centre's seal: valid for poppler and for us, broken by any altered byte."""

import subprocess
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.identity.authority import Authority
from kernel.identity.rules import Subject, with_check_character
from kernel.pdf.document import render
from kernel.pdf.signing import Seal, Unsigned, apply_seal, verify_seal
from tests.kernel.pdf.samples import AT, opening_record

SUBJECT = Subject("云澜市公共资源交易中心", with_check_character("12320500466951234"))


@cache
def _authority() -> Authority:
    return Authority(Path(mkdtemp(prefix="sunbid-ca-")), passphrase="paper", demo=True)


@cache
def _seal() -> Seal:
    return _authority().seal(SUBJECT, now=AT - timedelta(days=200))


@cache
def _sealed() -> bytes:
    return apply_seal(render(opening_record()), seal=_seal(), at=AT, reason="开标记录")


def test_a_sealed_record_verifies_offline() -> None:
    check = verify_seal(_sealed(), root=_authority().root)
    assert check.good
    assert check.signer == SUBJECT.organisation_name
    assert check.signed_at == AT


def test_poppler_agrees(tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(_sealed())
    told = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in told
    assert "ETSI.CAdES.detached" in told
    assert "Total document signed" in told
    assert SUBJECT.credit_code in told


def test_the_visible_seal_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(_sealed())
    subprocess.run(["pdftoppm", "-r", "60", "-png", str(path), str(tmp_path / "page")], check=True)
    from PIL import Image

    last = sorted(tmp_path.glob("page*.png"))[-1]
    with Image.open(last) as picture:
        colours = picture.convert("RGB").getcolors(1 << 20) or []
    red = sum(
        count
        for count, colour in colours
        if isinstance(colour, tuple) and colour[0] > 150 > 110 > colour[1]
    )
    assert red > 400


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_any_altered_byte_is_noticed(data: st.DataObject) -> None:
    """Everywhere but in the container of the signature, which nothing can sign."""
    sealed = bytearray(_sealed())
    start = sealed.index(b"/Contents <") + len(b"/Contents <")
    end = sealed.index(b">", start)
    before, after = st.integers(10, start - 1), st.integers(end, len(sealed) - 1)
    place = data.draw(st.one_of(before, after))
    sealed[place] ^= data.draw(st.integers(1, 255))
    try:
        check = verify_seal(bytes(sealed), root=_authority().root, at=AT)
    except Unsigned:
        return
    assert not check.good


def test_something_added_afterwards_is_noticed() -> None:
    check = verify_seal(_sealed() + b"\n% more", root=_authority().root)
    assert not check.good


def test_another_root_is_not_trusted(tmp_path: Path) -> None:
    other = Authority(tmp_path, passphrase="", demo=True)
    check = verify_seal(_sealed(), root=other.root)
    assert (check.intact, check.trusted) == (True, False)


def test_a_seal_used_outside_its_period_is_not_trusted() -> None:
    check = verify_seal(_sealed(), root=_authority().root, at=AT + timedelta(days=6000))
    assert not check.trusted


def test_an_unsigned_or_foreign_file_is_said_to_be_so() -> None:
    with pytest.raises(Unsigned):
        verify_seal(render(opening_record()).pdf, root=_authority().root)
    with pytest.raises(Unsigned):
        verify_seal(b"not a PDF", root=_authority().root)


def test_a_record_without_room_for_a_seal_is_signed_invisibly() -> None:
    rendered = render(replace(opening_record(), sealed=False))
    assert verify_seal(
        apply_seal(rendered, seal=_seal(), at=AT, reason="公告"), root=_authority().root
    ).good

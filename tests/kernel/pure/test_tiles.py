"""C2SP tile addresses, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.pure.errors import Refused
from kernel.pure.tiles import TileAddress, parse_tile


@given(level=st.integers(0, 63), index=st.integers(0, 10**14), width=st.integers(1, 256))
def test_an_address_reads_as_it_is_written(level: int, index: int, width: int) -> None:
    address = TileAddress(level, index, width)
    assert parse_tile(address.path()) == address


def test_the_grouping_of_the_specification() -> None:
    assert TileAddress(0, 1234067, 256).path() == "0/x001/x234/067"
    assert TileAddress(1, 5, 12).path() == "1/005.p/12"


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/", "0/5", "0/0005", "64/000", "00/000", "0/000.p/0", "0/000.p/256", "0/000.p/",
     "0/x000/000", "0/001/234", "-1/000", "0/٠٠٠", "0/000/", "0/000.p/1.p/1", "0/../000"],
)  # fmt: skip
def test_what_is_no_address_is_refused(path: str) -> None:
    with pytest.raises(Refused, match="LOG-3004"):
        parse_tile(path)


def test_entries_are_never_served() -> None:
    with pytest.raises(Refused, match="LOG-3005"):
        parse_tile("entries/000")

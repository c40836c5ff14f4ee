"""Glyphs and lines: nothing is drawn that no font has, no line starts with a closing mark."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.pdf.fonts import Face, MissingGlyph, missing_glyphs, runs, text_width
from kernel.pdf.text import BODY, CELL, MONO, wrap

HANZI = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
MIXED = st.text(
    st.one_of(HANZI, st.sampled_from("，。、；：！？）》」（《「 0123456789.,¥%abcXYZ-"))
)


@pytest.mark.parametrize("face", [Face.SERIF, Face.SERIF_BOLD, Face.SANS, Face.MONO])
def test_every_common_character_can_be_drawn(face: Face) -> None:
    """The whole Unicode block of common Han characters, and what records are made of."""
    common = "".join(map(chr, range(0x4E00, 0x9FA6))) + "¥€₁²³①％‰℃–—…“”‘’「」·〇×÷±≥≤✓№"
    assert missing_glyphs(common, face) == ()


def test_a_rare_name_falls_back_to_another_face() -> None:
    pieces = list(runs("𠮷田明", Face.SERIF))
    assert [text for _, text in pieces] == ["𠮷", "田明"]
    assert pieces[0][0] != pieces[1][0]


def test_a_character_no_font_has_is_named_before_anything_is_drawn() -> None:
    with pytest.raises(MissingGlyph) as missing:
        list(runs("王\U0002a6d7😀", Face.SERIF))
    assert missing.value.characters == ("\U0002a6d7", "😀")
    assert "U+2A6D7" in str(missing.value)


def test_figures_are_equally_wide_in_every_face() -> None:
    for face in (Face.SERIF, Face.SERIF_BOLD, Face.SANS, Face.MONO):
        assert len({round(text_width(figure, face, 10), 3) for figure in "0123456789"}) == 1


@settings(deadline=None, max_examples=150)
@given(MIXED, st.floats(60, 400))
def test_lines_fit_and_lose_nothing(text: str, measure: float) -> None:
    lines = wrap(text, BODY, measure)
    kept = "".join(lines).replace(" ", "")
    assert kept == text.replace(" ", "")
    assert all(BODY.width(line) <= measure for line in lines)


def test_no_line_starts_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    text = "投标人（含联合体）应当于二〇二六年前递交《投标函》，逾期不予受理。" * 8
    for measure in range(80, 400, 7):
        for line in wrap(text, CELL, measure):
            assert line[0] not in "，。）》"
            assert line[-1] not in "（《"


def test_numbers_and_words_stay_whole_until_they_are_wider_than_the_line() -> None:
    assert wrap("最高限价 ¥86,420,000.00 元", BODY, 100) == ("最高限价", "¥86,420,000.00 元")
    assert "".join(wrap("ab12" * 16, MONO, 90)) == "ab12" * 16


def test_a_line_feed_begins_a_new_line() -> None:
    assert wrap("甲\n乙", BODY, 100) == ("甲", "乙")

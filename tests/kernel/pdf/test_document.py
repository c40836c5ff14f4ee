"""Records as files: deterministic, readable by other programs, whole over page breaks."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kernel.pdf.document import render
from kernel.pdf.flow import TooTall
from kernel.pdf.fonts import MissingGlyph
from kernel.pdf.record import Align, Cell, Column, Paragraph, Section, Signature, Strong, Table
from tests.kernel.pdf.samples import BIDDERS, opening_record


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def _text(pdf: bytes, folder: Path) -> str:
    path = folder / "record.pdf"
    path.write_bytes(pdf)
    return _run("pdftotext", "-layout", str(path), "-")


def test_equal_records_give_equal_bytes() -> None:
    assert render(opening_record()).pdf == render(opening_record()).pdf
    assert render(opening_record()).pdf != render(opening_record(demo=False)).pdf


def test_other_programs_find_the_text(tmp_path: Path) -> None:
    text = _text(render(opening_record()).pdf, tmp_path)
    for name, *_ in BIDDERS:
        assert name in text
    for part in ("开标记录", "¥79,863,500.00", "柒仟玖佰捌拾陆万叁仟伍佰元整", "贺兰"):
        assert part in text
    assert "演示文件，不具法律效力" in text
    assert "日志第 48,377 号" in text


def test_a_rare_character_can_be_copied_from_the_file(tmp_path: Path) -> None:
    record = replace(opening_record(), subtitle="𠮷田明的记录")
    assert "𠮷田明的记录" in _text(render(record).pdf, tmp_path)


def test_a_long_table_repeats_its_head_and_loses_no_row(tmp_path: Path) -> None:
    rendered = render(opening_record(repeat=9))
    text = _text(rendered.pdf, tmp_path)
    pages = text.split("\f")[: rendered.pages]
    with_rows = [page for page in pages if "有限公司  " in page and "到账" in page]
    assert len(with_rows) >= 4
    assert all("投标报价（元）" in page for page in with_rows)
    numbers = [int(n) for n in re.findall(r"^ ?(\d+) +\S+(?:有限公司|集团)", text, re.MULTILINE)]
    assert numbers == list(range(1, 9 * len(BIDDERS) + 2))
    for number, page in enumerate(pages, start=1):
        assert f"第 {number} 页，共 {rendered.pages} 页" in page
        assert "本记录内容指纹 SHA-256" in page


def test_the_file_describes_itself_and_is_tagged(tmp_path: Path) -> None:
    path = tmp_path / "record.pdf"
    path.write_bytes(render(opening_record()).pdf)
    told = _run("pdfinfo", "-isodates", str(path))
    assert re.search(r"Title: +开标记录　澜河东岸防洪排涝工程施工（二标段）", told)
    assert re.search(r"Author: +云澜市公共资源交易中心", told)
    assert re.search(r"CreationDate: +2026-11-24T(02:18:06Z|10:18:06\+08)", told)
    assert re.search(r"Tagged: +yes", told)
    structure = _run("pdfinfo", "-struct-text", str(path))
    assert structure.count("TH") == 12
    assert structure.index('"招标代理"') < structure.index('"霁川水利建设集团有限公司"')


def test_every_font_is_embedded_as_a_subset(tmp_path: Path) -> None:
    path = tmp_path / "record.pdf"
    path.write_bytes(render(opening_record()).pdf)
    rows = _run("pdffonts", str(path)).splitlines()[2:]
    # The library names Helvetica in every page's resources and draws nothing with it.
    ours = [row for row in rows if "Helvetica" not in row]
    assert ours
    assert all(re.search(r" yes +yes +yes +\d+ +0$", row) for row in ours), ours


def test_the_seal_never_stands_alone_on_a_page(tmp_path: Path) -> None:
    for repeat in range(1, 5):
        rendered = render(opening_record(repeat=repeat))
        pages = _text(rendered.pdf, tmp_path).split("\f")
        assert "魏知远" in pages[rendered.seal_page]
        assert rendered.seal_page == rendered.pages - 1


def test_a_missing_glyph_stops_the_document() -> None:
    with pytest.raises(MissingGlyph):
        render(replace(opening_record(), subtitle="😀"))


def test_a_row_must_fill_its_columns() -> None:
    with pytest.raises(ValueError, match="1 of 2"):
        Table((Column("甲", 1), Column("乙", 1)), (("一",),))


def test_a_row_taller_than_a_page_is_refused_rather_than_cut() -> None:
    table = Table((Column("甲", 1), Column("乙", 9)), (("长" * 3000, "短"),))
    with pytest.raises(TooTall):
        render(replace(opening_record(), sections=(Section(None, (table,)),)))


def test_a_long_statement_runs_over_pages(tmp_path: Path) -> None:
    words = "".join(f"第{n}项，" for n in range(1, 1200))
    record = replace(opening_record(), sections=(Section("陈述", (Paragraph(words),)),))
    text = re.sub(r"\s", "", _text(render(record).pdf, tmp_path))
    assert all(f"第{n}项" in text for n in range(1, 1200, 97))


def test_a_record_without_seal_leaves_no_box() -> None:
    assert render(replace(opening_record(), sealed=False)).seal_box is None


def test_a_hash_must_be_whole() -> None:
    with pytest.raises(ValueError, match="32"):
        render(replace(opening_record(), record_hash=b"short"))


def test_an_annex_begins_a_page_and_its_dense_table_has_a_caption(tmp_path: Path) -> None:
    columns = (Column("项", 2.0), *(Column(f"{n}", 1.0, Align.RIGHT) for n in range(1, 11)))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (f"第 {n} 项", *(f"{n}.{m}" for m in range(9)), Strong("合")) for n in range(1, 61)
    )
    table = Table(columns, rows, caption="评分，一至十", dense=True)
    annex = Section("附件", (table,), new_page=True)
    record = opening_record()
    whole = render(replace(record, sections=(*record.sections, annex)))
    pages = _text(whole.pdf, tmp_path).split("\f")
    first = next(page for page in pages if "附件" in page)
    assert first.index("附件") < first.index("评分，一至十") < first.index("1.0")
    assert "投标报价（元）" not in first
    assert sum("评分，一至十" in page for page in pages) == 1
    assert sum(page.count("60.8") for page in pages) == 1
    # Sixty close rows take two pages at most; roomy ones would take three.
    assert sum("项 " in page and ".8" in page for page in pages) <= 2


def test_five_signatures_stand_in_rows_of_three(tmp_path: Path) -> None:
    names = ("温如言", "裴远舟", "苏砚清", "江逾白", "叶临川")
    record = opening_record()
    signed = tuple(Signature(name, "成员", record.at) for name in names)
    text = _text(render(replace(record, signatures=signed)).pdf, tmp_path)
    rows = [[n for n in names if n in line] for line in text.splitlines()]
    assert [row for row in rows if row] == [list(names[:3]), list(names[3:])]

"""Real PDF files to publish and to bid with."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from kernel.pdf.document import render
from kernel.pdf.record import Fact, Paragraph, Record, Section


def paper(folder: Path, title: str, *lines: str, at: datetime) -> Path:
    """A PDF called `title`.pdf with the lines as its text."""
    record = Record(
        title=title,
        subtitle=lines[0],
        centre="云澜市公共资源交易中心",
        number="",
        at=at,
        facts=(Fact("文件", title),),
        sections=(Section("一、正文", tuple(Paragraph(line) for line in lines)),),
        signatures=(),
        check_url="",
        record_hash=bytes(32),
        log_number=None,
        demo=True,
        sealed=False,
    )
    path = folder / f"{title}.pdf"
    path.write_bytes(render(replace(record)).pdf)
    return path

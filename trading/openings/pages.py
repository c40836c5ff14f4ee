"""The pages of a record: its frozen facts as a printed document, and those of a supplement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kernel.clock import installation
from kernel.house import Call
from kernel.pdf.record import Block, Checks, Digest, Fact, Paragraph, Record, Section, Signature
from kernel.pure.money import format_yuan
from trading.openings import page_tables as tables
from trading.openings import page_words
from trading.openings.causes import BidState
from trading.openings.hall import Hall
from trading.openings.stream import SHANGHAI

FOOT = "扫码或把本文件拖到验证页，断网也能核验。"
SIGNING = (
    "本记录由交易中心电子签章后，主持人和名单上的投标人在签署时限内以各自的单位证书依次签署同一份文件，"
    "每个签名覆盖前面全部签名；逾期未签署的在记录页注明，依法视同确认。"
)


def record(call: Call, hall: Hall, told: Any, log_number: int | None) -> Record:
    """The opening's own record, from its frozen facts."""
    settings, at = call.house.settings, hall.row.finished_at or call.now
    digest = hall.row.facts_hash or b""
    return Record(
        title="开标记录",
        subtitle=told["lot"]["name"],
        centre=settings.centre_name,
        number=told["lot"]["number"],
        at=at,
        facts=_facts(told),
        sections=_sections(told),
        signatures=_signatures(told, settings.centre_name, at),
        check_url=f"{settings.public_url}/check/{digest.hex()}",
        record_hash=digest,
        log_number=log_number,
        foot_note=FOOT,
        demo=installation(call.session).demo,
    )


def _sections(told: Mapping[str, Any]) -> tuple[Section, ...]:
    names = _names(told["bids"])
    return (
        Section(None, (tables.prices(told["bids"]),)),
        Section("一、经过", (tables.course(told),)),
        Section("二、未能开启与未予采用", tables.failures(told)),
        Section("三、异议与答复", page_words.objections(told, names)),
        Section("四、参数抽取", page_words.draws(told, _sealers(told["bids"]))),
        Section("五、到场", page_words.attendance(told)),
        Section("六、文字发言", page_words.transcript(told)),
        Section("七、核验", (*_checks(told), *page_words.recordings(told))),
        Section("八、签署", (Paragraph(SIGNING),)),
    )


def _sealers(bids: list[Mapping[str, Any]]) -> dict[str, str]:
    """Seat and name of each bid's company, by commitment."""
    return {bid["commitment"]: f"{bid['seat']:02d} 席{bid['organisation']}" for bid in bids}


def supplement(call: Call, hall: Hall, told: Any, digest: bytes, log_number: int | None) -> Record:
    """What a reconvened session adds; it names the hash of the record before it."""
    settings, lot = call.house.settings, hall.lot
    at = datetime.fromisoformat(told["closed_at"])
    names = {number: seat.organisation for number, seat in hall.seats.items()}
    return Record(
        title="开标补充记录",
        subtitle=lot.name,
        centre=settings.centre_name,
        number=f"{lot.number}-{told['no']}",
        at=at,
        facts=(
            Fact("项目", lot.project_name, wide=True),
            Fact("次序", f"第 {told['no']} 次开会（复会）"),
            Fact("方式", "不见面开标"),
            Fact("复会时间", _moment(told["reconvened_at"])),
            Fact("结束时间", _moment(told["closed_at"])),
            Fact("复会原因", told["reason"], wide=True),
        ),
        sections=(
            Section("一、经过", (tables.orders(told),)),
            Section("二、异议与答复", page_words.objections(told, names)),
            Section("三、文字发言", page_words.transcript(told)),
            Section("四、核验", (Digest("前一份记录", bytes.fromhex(told["former"])),)),
            Section("五、签署", (Paragraph(SIGNING),)),
        ),
        signatures=(Signature(settings.centre_name, "交易中心", at),),
        check_url=f"{settings.public_url}/check/{digest.hex()}",
        record_hash=digest,
        log_number=log_number,
        foot_note=FOOT,
        demo=installation(call.session).demo,
    )


def _names(bids: list[Mapping[str, Any]]) -> dict[int, str]:
    return {bid["seat"]: bid["organisation"] for bid in bids}


def _facts(told: Mapping[str, Any]) -> tuple[Fact, ...]:
    lot, bids = told["lot"], told["bids"]
    opened = sum(bid["state"] == BidState.OPENED.value for bid in bids)
    ceiling = lot["ceiling_fen"]
    return (
        Fact("项目", lot["project"], wide=True),
        Fact("招标人", lot["tenderee"]),
        Fact("招标代理", lot["agency"]),
        Fact("开标时间", _moment(told["deadline"])),
        Fact("方式", "不见面开标"),
        Fact("最高投标限价", "未设" if ceiling is None else format_yuan(ceiling)),
        Fact("收到", f"{told['received']} 份，名单 {len(bids)} 家，开启 {opened} 家"),
        Fact("规则集", lot["rule_set"]),
        Fact("结束时间", _moment(told["closed_at"])),
    )


def _checks(told: Mapping[str, Any]) -> tuple[Block, ...]:
    bids = told["bids"]
    matched = sum(bool(bid["matched"]) for bid in bids)
    return (
        Checks(
            (
                f"截止检查点 {told['close']['size']:,} 片叶",
                "受托人份额与登记的指纹相符",
                f"{matched} 家开启内容与截止前登记的指纹一致",
                "唱标内容取自开启的投标文件",
            )
        ),
        Digest("截止检查点根", bytes.fromhex(told["close"]["root"])),
        Digest("截止清单", bytes.fromhex(told["manifest"])),
        Digest("唱标表", bytes.fromhex(told["read_out"])),
    )


def _signatures(told: Mapping[str, Any], centre: str, at: datetime) -> tuple[Signature, ...]:
    signed = told["openings_signature"]
    agency = (
        Signature(
            signed["signer"],
            "招标代理（开启清单）",
            datetime.fromisoformat(signed["at"]),
            signed["certificate_tail"],
        )
        if signed
        else Signature(told["lot"]["agency"], "招标代理")
    )
    return (agency, Signature(centre, "交易中心", at))


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(SHANGHAI)
    return f"{at.year} 年 {at.month} 月 {at.day} 日 {at:%H:%M:%S}"

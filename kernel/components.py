"""The page of all parts in every state (/dev/components); in demonstrations only."""

from datetime import timedelta
from typing import Any, Final

from kernel import pages
from kernel.access import KernelRight
from kernel.house import Call
from kernel.web import Feature

feature = Feature("components", __name__)

DIGEST: Final = "e3b98a4da31a127d4bde6e43033f66ba274cab0eb7eb1c70ec41402bf6273dd8"
REFUSAL: Final = {
    "code": "BID-1402",
    "what": "未能接收第 3 版投标文件。完成上传时为 09:30:00.412，已过截止。",
    "why": "招标投标法实施条例第 36 条",
    "next": "第 2 版仍然有效，将正常参加开标。签名的拒收凭证已生成。",
    "phone": "0000-8800 1234",
}
STAGES: Final = (
    "公告",
    "获取文件",
    "投标截止",
    "开标",
    "评标",
    "候选人公示",
    "定标",
    "合同",
    "归档",
)


@feature.get("/dev/components", permission=KernelRight.COMPONENTS_SEE)
def components(call: Call) -> str:
    """Every part in every state, with invented content."""
    return pages.render("dev/components.html", **samples(call))


def samples(call: Call) -> dict[str, Any]:
    """What the page shows."""
    now = call.now
    return {
        "refused": REFUSAL,
        "digest": DIGEST,
        "rails": (
            _rail(1, "progress", {0: "10-30", 1: "现在", 2: "11-24 09:30"}),
            _rail(3, "need", {0: "10-30", 2: "11-24 09:30", 3: "等你解密"}),
            _failed_rail(),
        ),
        "events": (
            {
                "seq": 231,
                "at": now,
                "text": "12 席解密成功，指纹一致",
                "state": "done",
                "icon": "check-c",
                "fresh": True,
            },
            {"seq": 230, "at": now, "text": "08 席开始解密", "state": "progress", "icon": "run"},
            {"gap": "缺 #229，正在补取"},
            {
                "seq": 228,
                "at": now,
                "text": "10 席口令错误，剩 4 次",
                "state": "refused",
                "icon": "x-c",
            },
        ),
        "in_hours": now + timedelta(hours=17, minutes=8, seconds=20),
        "in_days": now + timedelta(days=2, hours=3),
        "in_minutes": now + timedelta(minutes=12, seconds=48),
        "since": now - timedelta(minutes=2, seconds=12),
        "in_seconds": now + timedelta(seconds=41),
        "past": now - timedelta(minutes=3),
    }


def _rail(at: int, state: str, notes: dict[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "state": "done" if index < at else state if index == at else "next",
            "note": notes.get(index),
            "dawn": index == 2,
        }
        for index, name in enumerate(STAGES)
    ]


def _failed_rail() -> list[dict[str, Any]]:
    stages = _rail(3, "refused", {0: "10-30", 2: "11-24 09:30", 3: "不足 3 家，流标"})[:4]
    return [*stages, {"name": "重新招标", "state": "next", "note": "第 2 轮", "dawn": False}]

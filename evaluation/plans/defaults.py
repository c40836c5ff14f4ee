"""Plans to start from: comprehensive scoring with the low price first, the lowest evaluated price,
points for the money, with criteria as usual documents have them (标准设计招标文件 第三章)."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from evaluation.plans.rules import Check, Item, ItemKind, Method, Plan, Tie

_D = Decimal

CHECKS = (
    Check("licence", "营业执照", "具有独立法人资格，营业执照有效，经营范围满足本项目要求。"),
    Check("qualification", "资质等级", "具备招标文件要求的资质类别和等级，证书在有效期内。"),
    Check("similar", "类似业绩", "近五年完成不少于一项同类项目，附合同与成果批复。"),
    Check("leader", "项目负责人", "具有相应专业高级职称和注册资格，未在其他项目担任负责人。"),
    Check("credit", "信誉", "未被列入失信被执行人和严重违法失信名单，投标资格未被取消。"),
    Check("validity", "投标有效期", "不少于招标文件规定的天数。"),
    Check("response", "实质性响应", "服务期限、质量标准和合同主要条款无重大偏差，报价唯一。"),
)


def _points(key: str, name: str, rule: str, most: str) -> Item:
    return Item(key, name, rule, ItemKind.RANGE, _D(most), _D("0.5"), objective=False)


def _counted(key: str, name: str, rule: str, most: str, each: str = "1") -> Item:
    return Item(key, name, rule, ItemKind.RANGE, _D(most), _D(each), objective=True)


def _added(key: str, name: str, rule: str, most_fen: int) -> Item:
    return Item(key, name, rule, ItemKind.DEVIATION, _D(most_fen), _D(100), objective=True)


_DESIGN = (
    _points(
        "understanding",
        "项目理解与现状分析",
        "现状、控制因素和难点分析透彻得 8 至 10 分；较完整得 5 至 7.5 分；一般得 0 至 4.5 分。",
        "10",
    ),
    _points(
        "scheme",
        "总体方案",
        "技术路线合理、方案比选充分得 12 至 15 分；较合理得 8 至 11.5 分；一般得 0 至 7.5 分。",
        "15",
    ),
    _points(
        "depth",
        "勘察设计深度与工作量",
        "勘察布置和设计深度满足规范且安排合理得 8 至 10 分；基本满足得 4 至 7.5 分；"
        "不足得 0 至 3.5 分。",
        "10",
    ),
    _points(
        "quality",
        "质量与造价控制措施",
        "措施具体、责任到人得 6 至 8 分；一般得 3 至 5.5 分；缺漏得 0 至 2.5 分。",
        "8",
    ),
    _points(
        "service",
        "进度安排与后续服务",
        "计划可行、驻场承诺明确得 4 至 5 分；一般得 0 至 3.5 分。",
        "5",
    ),
    _counted("records", "类似业绩", "资格条件以外，每增加一项同类业绩加 1 分，最多 6 分。", "6"),
    _counted("team", "项目组人员", "每配备一名相关专业注册工程师加 1 分，最多 4 分。", "4"),
    _counted("awards", "获奖", "近五年获省级以上勘察设计奖，每项加 1 分，最多 2 分。", "2"),
)

_WORKS = (
    _points(
        "method",
        "施工组织设计",
        "施工方案可行、针对性强得 12 至 15 分；一般得 6 至 11.5 分。",
        "15",
    ),
    _points("safety", "安全文明施工", "措施完整、投入明确得 6 至 8 分；一般得 3 至 5.5 分。", "8"),
    _points(
        "schedule", "进度计划", "关键线路清楚、保证措施可行得 4 至 5 分；一般得 0 至 3.5 分。", "5"
    ),
    _points("quality", "质量保证", "体系健全、检验措施具体得 4 至 5 分；一般得 0 至 3.5 分。", "5"),
    _counted("records", "类似业绩", "资格条件以外，每增加一项同类业绩加 1 分，最多 4 分。", "4"),
    _counted("team", "项目班子", "关键岗位证书齐全，每岗加 1 分，最多 3 分。", "3"),
)

_GOODS = (
    _counted("parameters", "技术参数", "每优于一项带★以外的参数加 1 分，最多 20 分。", "20"),
    _points(
        "scheme", "供货与安装方案", "方案完整、衔接合理得 7 至 10 分；一般得 3 至 6.5 分。", "10"
    ),
    _points("after_sales", "售后与培训", "响应时间、驻场人数和培训安排优得 7 至 10 分。", "10"),
    _counted("records", "类似业绩", "每提供一项同类供货业绩加 1 分，最多 5 分。", "5"),
    _points("quality", "质量保证", "检验与质保措施具体得 4 至 5 分；一般得 0 至 3.5 分。", "5"),
)

_SERVICES = (
    _points(
        "scheme", "服务方案", "方案针对性强、可操作得 16 至 20 分；一般得 8 至 15.5 分。", "20"
    ),
    _points("quality", "质量与进度控制", "措施具体得 12 至 15 分；一般得 6 至 11.5 分。", "15"),
    _points("emergency", "应急与保密措施", "措施可行得 4 至 5 分；一般得 0 至 3.5 分。", "5"),
    _counted("team", "服务团队", "每配备一名持证人员加 1 分，最多 12 分。", "12"),
    _counted("records", "类似业绩", "每提供一项同类服务业绩加 2 分，最多 8 分。", "8", "2"),
)

_VALUE = (
    _points(
        "scheme", "方案与质量", "方案完整、针对性强得 32 至 40 分；一般得 16 至 31.5 分。", "40"
    ),
    _points("delivery", "交付与进度", "计划可行、保证措施具体得 16 至 20 分。", "20"),
    _points("after_sales", "服务与培训", "响应时间、人员和培训安排优得 16 至 20 分。", "20"),
    _counted("records", "类似业绩", "每提供一项同类业绩加 2 分，最多 10 分。", "10", "2"),
    _counted("team", "人员配备", "每配备一名相关专业持证人员加 1 分，最多 10 分。", "10"),
)
"""性价比法 has no price points: quality alone makes the hundred."""

ITEMS: Mapping[str, tuple[Item, ...]] = MappingProxyType(
    {"survey_design": _DESIGN, "works": _WORKS, "goods": _GOODS, "services": _SERVICES}
)

SHARES = MappingProxyType({"payment": 2, "period": 3, "warranty": 2})
"""The most that a deviation may add, in percent of the estimate."""


def default_plan(
    method: Method, kind: str, *, estimate_fen: int = 1_000_000_00, floor: int = 2
) -> Plan:
    """A whole, lawful plan for a kind of lot ("survey_design", "works", "goods", "services").

    `estimate_fen` bounds the deviations of the lowest evaluated price, `floor` is the rule set's.
    Raises KeyError for another kind.
    """
    items = {
        Method.COMPREHENSIVE: ITEMS[kind],
        Method.LOWEST_EVALUATED: _deviations(estimate_fen),
        Method.VALUE_FOR_MONEY: _VALUE,
    }[method]
    compared = method is Method.LOWEST_EVALUATED
    technical = _D(0) if compared else sum((item.maximum for item in items), _D(0))
    ties = (Tie.PRICE, Tie.DRAW) if compared else (Tie.PRICE, Tie.TECHNICAL, Tie.DRAW)
    return Plan(
        method=method,
        checks=CHECKS,
        items=items,
        price_weight=_D(100) - technical,
        ties=ties,
        trim=False,
        rounding=6 if method is Method.VALUE_FOR_MONEY else 2,
        candidates=3,
        seats=5,
        avoidance_years=3,
        leader_rounds=3,
        abnormal_percent=30,
        floor=floor,
    )


def _deviations(estimate_fen: int) -> tuple[Item, ...]:
    most = {key: max(estimate_fen * share // 10_000, 1) * 100 for key, share in SHARES.items()}
    return (
        _added(
            "payment",
            "付款条件偏差",
            "要求提前付款的，按提前金额、天数与年利率 4.35% 折算为加价。",
            most["payment"],
        ),
        _added(
            "period",
            "工期偏差",
            "超出计划工期的，每延后一日按投标报价的 0.05% 加价。",
            most["period"],
        ),
        _added(
            "warranty",
            "缺陷责任期偏差",
            "短于要求的，每缺一个月按投标报价的 0.1% 加价。",
            most["warranty"],
        ),
    )

"""Agency and tenderee: from an empty project to a signed notice, all in the pages."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.papers import paper
from tests.browser.scene import Scene, wait_until
from trading.demo.cast import cast

PROJECT = "平阳县滨海大道智慧路灯改造工程"
LOT = "平阳县滨海大道智慧路灯改造工程设计"
SCOPE = "滨海大道全长 6.2 公里的路灯、配电和监控系统的初步设计与施工图设计。"
LOCAL = "%Y-%m-%dT%H:%M"


def publish(scene: Scene) -> None:
    """The agency drafts, is refused an illegal date, repairs it; both sides agree; it is signed."""
    agency = scene.guests["agency"]
    agency.log_in_with_password("agency", cast().password)
    page = agency.page
    agency.go("/tenders")
    scene.album.shot(page, "tenders-empty", "agency")
    _draft_project(scene)
    _draft_lot(scene)
    _seat_trustees(page)
    scene.lot_id = page.url.split("/")[5].split("#")[0].split("?")[0]
    _add_document(scene, page)
    _repair_date(scene, page)
    _approve(scene)
    _sign(scene)


def _draft_project(scene: Scene) -> None:
    page = scene.guests["agency"].page
    page.get_by_role("link", name="新建项目").first.click()
    page.get_by_label("项目名称").fill(PROJECT)
    page.get_by_label("招标人", exact=True).select_option(
        label=cast().organisation("tenderee").name
    )
    page.get_by_label("地区代码").fill("330326")
    page.get_by_label("地区", exact=True).fill("平阳县")
    page.get_by_label("行业").fill("公路")
    page.get_by_label("资金来源").fill("县级财政")
    page.get_by_label("监督部门").fill(cast().organisation("supervisor").name)
    scene.album.shot(page, "project", "agency")
    page.get_by_role("button", name="建立项目并编制标段").click()


def _draft_lot(scene: Scene) -> None:
    """Everything right but the deadline, which leaves bidders ten days instead of twenty."""
    page = scene.guests["agency"].page
    page.wait_for_load_state()
    page.get_by_label("标段名称").fill(LOT)
    page.get_by_label("类别").select_option("survey_design")
    # The criteria of this kind of lot, to start from.
    page.get_by_role("button", name="换成所选办法的默认方案").click()
    expect(page.locator("#plan-sum")).to_have_text("技术 60 分 + 价格 40 分 = 100 分")
    page.wait_for_load_state()
    page.get_by_label("联系人和电话").fill("方静　0000-8800 2107")
    page.get_by_label("招标范围").fill(SCOPE)
    page.get_by_label("投标人资格要求").fill("具有市政行业（道路工程）设计乙级及以上资质。")
    page.get_by_label("概述").fill("综合评估法，技术 60 分、报价 40 分，低价优先")
    page.get_by_label("估算价").fill("5,600,000.00")
    page.get_by_label("最高投标限价").fill("5,200,000.00")
    page.get_by_label("投标保证金").fill("100,000.00")
    deadline = page.get_by_label("投标截止，也是开标时间")
    legal = datetime.strptime(deadline.input_value(), LOCAL)  # noqa: DTZ007 - as the form has it
    deadline.fill(f"{legal - timedelta(days=10):{LOCAL}}")
    verdict = page.locator("[data-verdict=deadline] .legal.bad", has_text="招标投标法第 24 条")
    expect(verdict).to_contain_text(f"最早 {legal:%Y-%m-%d}")
    expect(page.locator("#check-state")).to_contain_text("项不符合")
    scene.album.shot(page, "illegal-date", "agency")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("heading", name="发布之前还要办")).to_be_visible()


def _seat_trustees(page: Page) -> None:
    registry = page.get_by_role("group", name="受托人")
    expect(registry.get_by_role("checkbox")).to_have_count(8)
    for person in cast().people:
        if person.trustee:
            name = cast().organisation(person.organisation).name
            registry.get_by_role("checkbox", name=name).check()
    page.get_by_label("放行人数").fill("3")
    page.get_by_role("button", name="确定受托人").click()
    expect(page.get_by_text("任意 3 位放行才能打开投标")).to_be_visible()
    # Whoever is no trustee may stand in for a bidder without its key.
    panel = page.get_by_role("group", name="救援小组").get_by_role("checkbox")
    expect(panel).to_have_count(3)
    for member in panel.all():
        member.check()
    page.get_by_role("button", name="确定救援小组").click()
    expect(page.get_by_text("3 位中任意 2 位")).to_be_visible()


def _add_document(scene: Scene, page: Page) -> None:
    tender = paper(scene.folder, "招标文件", LOT, SCOPE, at=scene.now())
    page.wait_for_load_state()
    page.locator("#document-drop input[type=file]").set_input_files(tender)
    expect(page.locator("#documents .file")).to_contain_text("招标文件.pdf")


def _repair_date(scene: Scene, page: Page) -> None:
    """The illegal date bars publication and is named with its clause; then it is put right."""
    points = page.locator(".open-points li")
    expect(points).to_have_count(1)
    expect(points).to_contain_text("TEN-1403")
    expect(points).to_contain_text("招标投标法第 24 条")
    expect(page.get_by_role("button", name="签名并发布公告")).to_be_disabled()
    scene.album.shot(page, "lot-draft", "agency")
    earliest = re.search(r"最早 (\d{4}-\d{2}-\d{2})", points.inner_text())
    assert earliest is not None
    page.locator("#content").get_by_role("link", name="修改").click()
    page.wait_for_load_state()
    deadline = page.get_by_label("投标截止，也是开标时间")
    deadline.fill(f"{earliest[1]}T09:30")
    expect(page.locator("#check-state")).to_have_text("日期和金额都符合规定")
    scene.album.shot(page, "lot-edit", "agency", look="dark")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("等招标人确认")).to_be_visible()
    expect(page.get_by_role("heading", name="发布之前还要办")).to_have_count(0)


def _approve(scene: Scene) -> None:
    tenderee = scene.guests["tenderee"]
    tenderee.log_in("tenderee")
    page = tenderee.go("/tenders")
    page.get_by_role("link", name="核对并确认").click()
    tenderee.click("确认这份草稿")
    scene.album.shot(page, "approve", "tenderee")
    tenderee.confirm("确认")
    expect(page.get_by_text("已确认").first).to_be_visible()


def _sign(scene: Scene) -> None:
    agency = scene.guests["agency"]
    page = agency.page
    page.reload()
    agency.click("签名并发布公告")
    submit = page.get_by_role("dialog").get_by_role("button", name="用证书签名并发布")
    expect(submit).to_be_disabled()
    scene.album.shot(page, "sign-notice", "agency")
    agency.confirm("用证书签名并发布", label="输入「发布公告」以确认", text="发布公告")
    page.wait_for_url(f"**/lots/{scene.lot_id}")
    expect(page.get_by_role("heading", name=LOT, level=1)).to_be_visible()


def see_notice(scene: Scene) -> None:
    """The public finds the lot from the home page, and the notice's proof holds."""
    public = scene.guests["public"]

    def offered() -> bool:
        page = public.go(f"/lots/{scene.lot_id}")
        told = page.locator("main").inner_text()
        return "公开日志第" in told and "公告 PDF" in told and "参加投标" in told

    wait_until(offered, "the notice to be logged and its documents offered")
    scene.album.shot(public.page, "lot", "public")
    scene.album.shot(public.page, "lot", "public", look="phone")
    page = public.go("/")
    scene.album.shot(page, "home", "public")
    scene.album.shot(page, "home", "public", look="dark")
    page.get_by_role("searchbox").fill("智慧路灯")
    public.click("搜索")
    page.get_by_role("link", name=LOT).first.click()
    expect(page.get_by_role("heading", name=LOT, level=1)).to_be_visible()
    with page.expect_download() as told:
        page.get_by_role("link", name="下载 招标文件.pdf").click()
    assert Path(told.value.path()).read_bytes() == (scene.folder / "招标文件.pdf").read_bytes()
    page.get_by_role("link", name="核验公告").click()
    expect(page.locator("#check-result")).to_contain_text("平台登记过这个指纹")
    scene.album.shot(page, "check-notice", "public")

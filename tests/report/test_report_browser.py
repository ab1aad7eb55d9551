"""Pages in a real browser: sound, filters, search, keys, and how fast a long episode opens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from reporting import HOSTILE, Pages, long, short, write_silence

from pipeline.export.clean import clean
from pipeline.report.deliver import report_all, report_episode

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser
TAGGED = "[data-filter='tag:{}']"


@pytest.fixture
def told(pages: Pages) -> Path:
    """The page of a short episode with its sound."""
    pages.told("e1", *short())
    write_silence(pages.folder / "raw" / "e1.wav", 24)
    return report_episode(pages.settings, "e1").out


def opened(browser: Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    wait(browser, "return !document.querySelector('audio') || sound.readyState > 0")


def wait(browser: Chrome, script: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 8, 0.02).until(lambda b: b.execute_script(script))


def click(browser: Chrome, selector: str) -> None:
    """Scroll there and click, as a reader does."""
    element = browser.find_element("css selector", selector)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def press(browser: Chrome, *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def run(browser: Chrome, script: str) -> Any:
    return browser.execute_script(script)


def shown(browser: Chrome) -> list[str]:
    return run(browser, "return all('.passage:not([hidden])').map((p) => p.id)")


def test_a_click_on_a_line_moves_the_sound(browser: Chrome, told: Path) -> None:
    opened(browser, told)
    assert run(browser, "return sound.currentTime") == 0
    click(browser, "#u3 .at")
    wait(browser, "return sound.currentTime >= 12 && sound.currentTime < 13 && !sound.paused")
    click(browser, "#u1 .say")
    wait(browser, "return sound.currentTime >= 4 && sound.currentTime < 5")
    assert run(browser, "return all('.line.now').map((line) => line.id)") == ["u1"]


def test_the_text_follows_the_sound(browser: Chrome, told: Path) -> None:
    opened(browser, told)
    run(browser, "sound.playbackRate = 8; sound.play()")
    for line in ("u1", "u2"):
        wait(browser, f"return one('.line.now')?.id === '{line}'")
    run(browser, "sound.pause(); sound.currentTime = 17")
    wait(browser, "return one('#u4').getAttribute('aria-current') === 'true'")
    assert run(browser, "return all('[aria-current]').length") <= 2  # a line, a chapter
    assert run(browser, "return one('#chapter-now').textContent") == "伴走は隣で支えることだ"


def test_following_scrolls_and_stops_where_the_reader_scrolls(
    browser: Chrome, pages: Pages
) -> None:
    pages.told("e1", *long(hours=0.2, chars=4000))
    write_silence(pages.folder / "raw" / "e1.wav", 720)
    opened(browser, report_episode(pages.settings, "e1").out)
    run(browser, "isStill.matches || 0; sound.currentTime = 600")
    inside = "const r = one('.line.now').getBoundingClientRect(); return r.top > 0 && r.bottom < innerHeight"
    wait(browser, "return Boolean(one('.line.now'))")
    wait(browser, inside)
    click(browser, "#follow")
    run(browser, "scrollTo(0, 0); sound.currentTime = 300")
    wait(browser, "return Number(one('.line.now').dataset.s) < 301")
    assert run(browser, "return scrollY") == 0


def test_filters(browser: Chrome, told: Path) -> None:
    opened(browser, told)
    assert shown(browser) == ["p0", "p1", "p2"]
    click(browser, TAGGED.format("bansou"))
    assert shown(browser) == ["p0"]
    assert run(browser, "return one('#shown').textContent") == "3 話題のうち 1 を表示中"
    assert run(browser, "return all('.ev.on').map((e) => e.textContent).join('')") != ""
    click(browser, TAGGED.format("daisou"))
    assert shown(browser) == ["p0", "p2"]
    click(browser, "#clear")
    assert shown(browser) == ["p0", "p1", "p2"]
    click(browser, "[data-filter='ask:answer']")
    assert shown(browser) == ["p1"]
    assert (
        run(browser, "return one(\"[data-filter='ask:answer']\").getAttribute('aria-pressed')")
        == "true"
    )
    press(browser, "\ue00c")
    assert shown(browser) == ["p0", "p1", "p2"]
    click(browser, "[data-filter='has:fix']")
    assert shown(browser) == ["p0"]


def test_a_chapter_shows_what_a_filter_hid(browser: Chrome, told: Path) -> None:
    opened(browser, told)
    click(browser, TAGGED.format("daisou"))
    click(browser, ".chapters a")
    assert shown(browser) == ["p0", "p1", "p2"]
    wait(browser, "return sound.currentTime < 2 && document.activeElement.closest('#u0') !== null")


def test_a_related_card_is_shown_though_a_filter_hid_it(browser: Chrome, pages: Pages) -> None:
    pages.told("e1", *short(), {"text": "手を離す。", "title": "手を離す", "tag": "jisou"})
    link = {"card_id": "ce10", "other_card_id": "ce16", "reason": "contrast", "score": 0.9}
    pages.write("card_links", "", [link])
    opened(browser, report_episode(pages.settings, "e1").out)
    click(browser, TAGGED.format("bansou"))
    assert shown(browser) == ["p0"]
    click(browser, "#c-ce10 .related a")
    wait(browser, "return one('.card:target')?.id === 'c-ce16'")
    assert len(shown(browser)) == 4


def test_search_in_the_page_knows_no_width_or_kana(browser: Chrome, told: Path) -> None:
    opened(browser, told)
    field = browser.find_element("id", "query")
    for words, hits in (("cs", ["u4"]), ("の話", ["u0", "u4"]), ("伴奏", []), ("ばんそう", []), ("はんそう", [])):  # fmt: skip
        field.clear()
        field.send_keys(words)
        assert run(browser, "return hits.map((hit) => hit.line.id)") == hits, words
    field.clear()
    field.send_keys("の話\n")
    assert run(browser, "return one('#hits').textContent") == "1 / 2"
    assert run(browser, "return hits.map((hit) => hit.range.toString())") == ["の話", "の話"]
    field.send_keys("\n")
    assert run(browser, "return [one('#hits').textContent, one('.line.here').id]") == [
        "2 / 2",
        "u4",
    ]
    field.clear()
    field.send_keys("どこにもない")
    assert run(browser, "return one('#hits').textContent") == "一致なし"


def test_everything_works_by_keys(browser: Chrome, told: Path) -> None:
    opened(browser, told)
    press(browser, "\ue004")
    assert run(browser, "return document.activeElement.className") == "skip"
    assert run(browser, "return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press(browser, "\ue007")
    press(browser, "jjj")
    at = "return document.activeElement.closest('.line')?.id"
    assert run(browser, at) == "u2"
    assert run(browser, "return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press(browser, "\ue013")
    assert run(browser, at) == "u1"
    press(browser, "\ue007")
    wait(browser, "return sound.currentTime >= 4 && sound.currentTime < 5.5 && !sound.paused")
    press(browser, "p")
    wait(browser, "return sound.paused")
    press(browser, "\ue014")
    wait(browser, "return sound.currentTime >= 9")
    press(browser, "/")
    assert run(browser, "return document.activeElement.id") == "query"
    press(browser, "p?")  # a field takes letters as letters
    assert run(browser, "return [query.value, keys.open]") == ["p?", False]
    press(browser, "\ue00c")
    assert run(browser, "return query.value") == ""
    run(browser, "document.activeElement.blur()")
    press(browser, "?")
    assert run(browser, "return keys.open")
    click(browser, "#keys-on")
    press(browser, "\ue00c")
    run(browser, "document.activeElement.blur()")
    press(browser, "?")
    assert not run(browser, "return keys.open")


def test_one_line_is_a_stop_of_the_tab_key(browser: Chrome, told: Path) -> None:
    opened(browser, told)
    assert run(browser, "return all('.at').filter((at) => at.tabIndex === 0).length") == 1


def test_a_repair_tells_what_was_recognised(browser: Chrome, told: Path) -> None:
    opened(browser, told)
    raw = browser.find_element("css selector", ".fix .raw")
    assert not raw.is_displayed()
    run(browser, "one('.fix').focus()")
    assert raw.is_displayed()
    assert raw.text == "（認識では「伴奏」）"
    press(browser, "\ue00c")
    assert not raw.is_displayed()


def test_what_was_recognised_is_not_cut_off(browser: Chrome, pages: Pages) -> None:
    """Neither at the head of its passage, nor at the right edge of a narrow screen."""
    said = [{"text": "あ" * n + "伴走", "fix": ("伴奏" * 6, "伴走")} for n in (0, 14, 15, 16, 17)]
    pages.told("e1", *said, per_passage=1)
    page = report_episode(pages.settings, "e1").out
    top = (
        "const raw = arguments[0].querySelector('.raw').getClientRects()[0];"
        "return document.elementFromPoint(raw.left + raw.width / 2, raw.top + raw.height / 2).className"
    )
    try:
        for width in (1280, 360):
            size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            opened(browser, page)
            for fix in browser.find_elements("css selector", ".fix"):
                browser.execute_script("arguments[0].focus({preventScroll: true})", fix)
                browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", fix)
                assert browser.execute_script(top, fix) == "raw"
                assert run(browser, "return document.documentElement.scrollWidth") <= width
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_sound_within_the_page_plays(browser: Chrome, pages: Pages) -> None:
    pages.told("e1", *short())
    write_silence(pages.folder / "raw" / "e1.wav", 24)
    opened(browser, report_episode(pages.settings, "e1", sound="embed").out)
    assert run(browser, "return [sound.src.slice(0, 5), Math.round(sound.duration)]") == [
        "blob:",
        24,
    ]
    click(browser, "#u5 .at")
    wait(browser, "return sound.currentTime >= 20")


def test_a_page_whose_sound_is_gone_says_so(chrome: Chrome, told: Path) -> None:
    told.with_suffix(".wav").unlink()
    chrome.get(told.as_uri())
    wait(chrome, "return !one('#sound-lost').hidden")
    assert "音声を読み込めません" in chrome.find_element("id", "sound-lost").text
    chrome.get_log("browser")


def test_a_transcript_without_sound_is_a_page_all_the_same(browser: Chrome, pages: Pages) -> None:
    pages.told("e1", {"text": "一つ目。", "title": "一つ目だ"}, {"text": "二つ目。"})
    opened(browser, report_episode(pages.settings, "e1").out)
    click(browser, ".chapters a")
    press(browser, "j")
    press(browser, "\ue007")
    assert run(browser, "return document.activeElement.closest('.line').id") == "u1"
    browser.find_element("id", "query").send_keys("二つ")
    assert run(browser, "return hits.length") == 1


def test_hostile_text_stays_text(browser: Chrome, pages: Pages) -> None:
    said = [
        {"text": f"{t}伴走", "speaker": t, "tag": "fit", "title": f"{t}主張{t}", "start_s": float(n), "end_s": n + 0.9}
        for n, t in enumerate(HOSTILE)
    ]  # fmt: skip
    pages.told("e1", *said, title=HOSTILE[0] + HOSTILE[1], guests=list(HOSTILE))
    site = report_all(pages.settings, pages.folder / "site").out
    for page in sorted(site.rglob("*.html")):
        browser.get(page.as_uri())
        assert run(browser, "return document.querySelectorAll('img, b, iframe').length") == 0
        assert browser.title not in {"x", "1"}
    opened(browser, next((site / "episodes").iterdir()))
    texts = run(browser, "return all('.say').map((say) => say.textContent.trim())")
    assert texts == [clean(f"{t}伴走").replace("\n", " ") for t in HOSTILE]
    browser.get((site / "search.html").as_uri())
    for words in ("script", "onerror", "主張", "{{"):
        field = browser.find_element("id", "words")
        field.clear()
        field.send_keys(words)
        assert run(browser, "return all('#found-cards li').length") >= 1
        assert run(browser, "return document.querySelectorAll('img, b').length") == 0


def test_an_episode_of_three_hours_opens_in_two_seconds(browser: Chrome, pages: Pages) -> None:
    said = long()
    assert sum(len(line["text"]) for line in said) >= 60_000
    pages.told("e1", *said, per_passage=10)
    write_silence(pages.folder / "raw" / "e1.wav", 3 * 3600)
    page = report_episode(pages.settings, "e1").out
    browser.get(page.as_uri())
    wait(browser, "return performance.getEntriesByType('paint').length > 0")
    timing = run(browser, "return performance.getEntriesByType('navigation')[0].loadEventEnd")
    paint = run(
        browser, "return Math.max(...performance.getEntriesByType('paint').map((p) => p.startTime))"
    )
    assert 0 < timing < 2000
    assert 0 < paint < 2000
    search = "const t = performance.now(); query.value = '意見'; find(); stepHit(1); return [performance.now() - t, hits.length]"
    spent, hits = run(browser, search)
    assert hits > 300
    assert spent < 1000
    click(browser, "#u1 .at")
    run(browser, "sound.currentTime = 10000")
    wait(browser, "return Number(one('.line.now')?.dataset.s ?? 0) > 9900")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_page_is_wider_than_its_screen(browser: Chrome, pages: Pages, width: int) -> None:
    pages.told("e1", *short())
    write_silence(pages.folder / "raw" / "e1.wav", 24)
    made = [report_episode(pages.settings, "e1").out]
    made += sorted(report_all(pages.settings, pages.folder / "site").out.rglob("*.html"))
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for page in made:
            browser.get(page.as_uri())
            assert run(browser, "return document.documentElement.scrollWidth") <= width, page.name
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_dark_and_print(browser: Chrome, told: Path) -> None:
    opened(browser, told)
    ground = "return getComputedStyle(document.body).backgroundColor"
    try:
        dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
        assert run(browser, ground) == "rgb(21, 23, 26)"
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", **dark})
        assert run(browser, ground) == "rgb(255, 255, 255)"
        assert not browser.find_element("css selector", ".player").is_displayed()
        assert browser.find_element("css selector", ".fix .raw").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    assert run(browser, ground) == "rgb(255, 255, 255)"


def test_the_cards_and_the_search_of_a_site(browser: Chrome, pages: Pages) -> None:
    pages.told("e1", *short(), title="一回目")
    pages.told(
        "e2",
        {"text": "約束を守る。", "title": "約束を守る", "tag": "trust.promise"},
        title="二回目",
    )
    site = report_all(pages.settings, pages.folder / "site").out
    browser.get((site / "cards.html").as_uri())
    assert run(browser, "return one('#count').textContent") == "2 枚"
    browser.find_element("id", "words").send_keys("約束")
    assert run(browser, "return one('#count').textContent") == "1 枚"
    browser.get((site / "search.html").as_uri())
    browser.find_element("id", "words").send_keys("ﾊﾞﾝｿｳと")
    wait(browser, "return all('#found-passages li').length === 1")
    click(browser, "#found-passages a")
    assert "e1.html#u4" in browser.current_url.lower()
    browser.back()
    browser.get((site / "search.html").as_uri())
    browser.find_element("id", "words").send_keys("約束")
    click(browser, "#found-cards a")
    wait(browser, "return one('.card:target')?.id === 'c-ce20'")

"""Pages as files: their structure, what is escaped, what they may load, that they do not change by themselves."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from reporting import HOSTILE, Outline, Pages, short, write_silence

from pipeline.export import ExportError
from pipeline.export.clean import clean
from pipeline.report.deliver import report_all, report_episode


def page_of(pages: Pages, episode_id: str = "e1", **options: object) -> tuple[bytes, Outline]:
    made = report_episode(pages.settings, episode_id, **options)  # type: ignore[arg-type]
    data = made.out.read_bytes()
    return data, Outline(data)


def every_page(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.html"))}


def test_what_a_page_shows(pages: Pages) -> None:
    pages.told("e1", *short(), guests=["水沢"], published_at=datetime(2026, 4, 7, tzinfo=UTC), duration_s=24.0)  # fmt: skip
    write_silence(pages.folder / "raw" / "e1.wav", 24)
    data, seen = page_of(pages)
    assert [line["id"] for line in seen.all("li", class_="line")] == [f"u{n}" for n in range(6)]
    assert [line["data-s"] for line in seen.all("li", class_="line")][:2] == ["0.000", "4.000"]
    assert len(seen.all("section", class_="passage")) == 3
    (fix,) = seen.all("ins", class_="fix")
    assert fix["tabindex"] == "0"
    assert "伴走（認識では「伴奏」）の話です。" in seen.text
    assert seen.all("span", class_="ask-opinion")
    assert seen.all("span", class_="unsure")
    assert "答えを求める？" in seen.text
    (shown,) = seen.all("article")
    assert (shown["id"], shown["data-first"], shown["data-last"]) == ("c-ce10", "0", "0")
    assert "#u0" in [a["href"] for a in seen.all("a")]
    assert seen.all("audio")[0]["src"] == "e1.wav"
    assert "2026-04-07" in seen.text
    assert "水沢" in seen.text
    assert b"00:24" in data


def test_what_makes_a_page_usable_by_all(pages: Pages) -> None:
    pages.told("e1", *short())
    _, seen = page_of(pages)
    assert seen.all("html")[0]["lang"] == "ja"
    assert seen.all("a", class_="skip")[0]["href"] == "#main"
    assert len(seen.all("main", id="main")) == 1
    ids = [attrs["id"] for _, attrs in seen.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for field in seen.all("input") + seen.all("select"):
        assert field["id"] in [label.get("for") for label in seen.all("label")] + [
            "keys-on",
            "speed",
        ]
    for link in seen.all("a"):
        assert not link["href"].startswith("#") or link["href"][1:] in ids
    assert len(seen.all("h1")) == 1
    assert all("aria-label" in nav for nav in seen.all("nav"))


def test_the_policy_lets_only_the_pages_own_style_and_script_run(pages: Pages) -> None:
    pages.told("e1", *short(), link="https://example.com/ep1")
    data, seen = page_of(pages)
    policy = next(m["content"] for m in seen.all("meta") if m.get("http-equiv") == "Content-Security-Policy")  # fmt: skip
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy
    for name in ("style", "script"):
        (content,) = re.findall(rf"<{name}>(.*?)</{name}>", data.decode(), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert not any(name.startswith("on") or name == "style" for _, attrs in seen.elements for name in attrs)  # fmt: skip


def test_nothing_is_loaded_from_elsewhere(pages: Pages) -> None:
    pages.told("e1", *short(), link="https://example.com/ep1", is_sample=False)
    out = report_all(pages.settings, pages.folder / "site").out
    for name, data in every_page(out).items():
        seen = Outline(data)
        assert not seen.all("link")
        assert not seen.all("iframe")
        assert not any("src" in attrs for tag, attrs in seen.elements if tag != "audio")
        away = [a["href"] for a in seen.all("a") if "//" in a["href"]]
        assert away == (["https://example.com/ep1"] if name.startswith("episodes") else [])
        style = re.findall(r"<style>(.*?)</style>", data.decode(), re.DOTALL)[0]
        assert "url(" not in style
        assert "@import" not in style


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//example.com"])
def test_a_link_that_is_no_web_address_is_left_out(pages: Pages, link: str) -> None:
    pages.told("e1", *short(), link=link)
    assert "番組のページ" not in page_of(pages)[1].text


def hostile(pages: Pages) -> None:
    said = [
        {"text": f"{t}の伴走{t}", "fix": (f"{t}伴奏", "の伴走"), "speaker": t, "tag": "fit", "title": f"{t}主張{t}", "body": f"{t}本文{t}",
         "start_s": float(n), "end_s": n + 0.9}
        for n, t in enumerate(HOSTILE)
    ]  # fmt: skip
    pages.told("e1", *said, title="".join(HOSTILE[:5]), guests=list(HOSTILE[:3]), model=HOSTILE[0])
    pages.told("x\"><b'", *short())


def test_hostile_text_stays_text(pages: Pages) -> None:
    pages.told("plain", *[{"text": f"{n}の伴走{n}", "fix": ("伴奏", "の伴走"), "speaker": "a", "tag": "fit", "title": f"{n}", "body": f"本文{n}", "start_s": 1.0 * n, "end_s": n + 0.9} for n in range(len(HOSTILE))], title="t", guests=["a", "b", "c"], model="m")  # fmt: skip
    hostile(pages)
    _, plain = page_of(pages, "plain")
    data, seen = page_of(pages)
    assert [tag for tag, _ in seen.elements] == [tag for tag, _ in plain.elements]
    for text in HOSTILE:
        assert clean(f"{text}主張{text}").replace("\n", " ") in seen.text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x08\x1b]", data.decode())
    assert not any(name.startswith("on") for _, attrs in seen.elements for name in attrs)


def test_hostile_text_stays_text_on_every_page_of_a_site(pages: Pages) -> None:
    hostile(pages)
    out = report_all(pages.settings, pages.folder / "site").out
    made = every_page(out)
    assert {"index.html", "tags.html", "cards.html", "search.html"} <= set(made)
    for name, data in made.items():
        seen = Outline(data)
        names = {tag for tag, _ in seen.elements}
        assert not names & {"img", "b", "iframe"}, name
        scripts = seen.all("script")
        assert len(scripts) == (2 if name == "search.html" else 1), name
        assert not any(a.startswith("on") for _, attrs in seen.elements for a in attrs)


def test_a_transcript_without_sound_or_times_says_so(pages: Pages) -> None:
    pages.told("e1", {"text": "一つ目。", "title": "一つ目だ"}, {"text": "二つ目。"})
    data, seen = page_of(pages)
    assert not seen.all("audio")
    assert not seen.all("button", class_="at")
    assert "音声ファイルがないので、文字だけのページです。" in seen.text
    assert "元の文字起こしに時刻がない" in seen.text
    assert "一つ目だ" in seen.text
    assert b"data-s=" not in data.split(b"<script>")[0]
    assert b"data-s=" not in data.split(b"<body")[1].split(b"<script>")[0]


def test_sound_within_the_page(pages: Pages) -> None:
    pages.told("e1", *short())
    sound = pages.folder / "raw" / "e1.wav"
    write_silence(sound, 24)
    out = pages.folder / "mail.html"
    made = report_episode(pages.settings, "e1", out, sound="embed")
    assert made.audio is None
    assert [p.name for p in pages.folder.glob("mail*")] == ["mail.html"]
    (within,) = re.findall(rb'id="sound-bytes">([^<]*)<', out.read_bytes())
    assert base64.b64decode(within) == sound.read_bytes()
    assert not Outline(out.read_bytes()).all("audio")[0].get("src")


def test_the_sound_beside_the_page_writes_over_nothing(pages: Pages) -> None:
    pages.told("e1", *short())
    write_silence(pages.folder / "raw" / "e1.wav", 24)
    out = pages.folder / "page.html"
    (pages.folder / "page.wav").write_bytes(b"mine")
    with pytest.raises(ExportError, match=r"page\.wav is there"):
        report_episode(pages.settings, "e1", out)
    assert (pages.folder / "page.wav").read_bytes() == b"mine"
    report_episode(pages.settings, "e1", out, force=True)
    assert (pages.folder / "page.wav").stat().st_size > 40_000
    beside = pages.folder / "raw" / "e1.html"  # where the sound lies already
    assert report_episode(pages.settings, "e1", beside).audio == pages.folder / "raw" / "e1.wav"


def test_a_private_episode_is_shown_only_where_asked_and_in_no_site(pages: Pages) -> None:
    pages.told("e1", *short())
    pages.told("ひみつ", *short(), visibility="private", relation="acme", title="極秘の定例")
    with pytest.raises(ExportError, match="--private"):
        report_episode(pages.settings, "ひみつ")
    _, seen = page_of(pages, "ひみつ", private=True)
    assert "非公開の回です" in seen.text
    assert len(seen.all("article")) == 1
    made = report_all(pages.settings, pages.folder / "site")
    assert (made.count, made.private) == (1, 1)
    everything = b"".join(p.read_bytes() for p in made.out.rglob("*") if p.is_file())
    assert "極秘".encode() not in everything
    assert "cひみつ0".encode() not in everything
    assert not any("ひみつ" in p.name for p in made.out.rglob("*"))


def test_a_public_page_speaks_of_no_private_episode(pages: Pages) -> None:
    pages.told("e1", *short())
    pages.told("p1", *short(), visibility="private", title="極秘の定例")
    link = {"card_id": "ce10", "other_card_id": "cp10", "reason": "contrast", "score": 0.9}
    pages.write("card_links", "", [link])
    source = {
        "card_id": "ce10",
        "episode_id": "p1",
        "passage_id": "p1#p00000",
        "quote": "極秘の引用",
    }
    pages.write("card_sources", "", [source])
    data, _ = page_of(pages)
    assert "極秘".encode() not in data
    private, _ = page_of(pages, "p1", private=True)
    assert b"c-ce10" not in private


def test_samples_only_where_asked(pages: Pages) -> None:
    pages.told("見本", *short(), is_sample=True)
    with pytest.raises(ExportError, match="--samples"):
        report_episode(pages.settings, "見本")
    with pytest.raises(ExportError, match="1 samples"):
        report_all(pages.settings)
    assert "付属する見本" in page_of(pages, "見本", samples=True)[1].text
    assert report_all(pages.settings, samples=True).count == 1


def test_an_unknown_episode_is_named(pages: Pages) -> None:
    pages.told("e1", *short())
    with pytest.raises(ExportError, match="no episode 'e2'"):
        report_episode(pages.settings, "e2")


def test_the_same_tables_make_the_same_bytes(pages: Pages) -> None:
    pages.told("e1", *short())
    pages.told("e2", *short(), title="二回目")
    write_silence(pages.folder / "raw" / "e1.wav", 24)
    first, _ = page_of(pages)
    site = report_all(pages.settings, pages.folder / "site")
    before = every_page(site.out)
    other = Pages(pages.folder.parent / "other")
    other.told("e2", *short(), title="二回目")
    other.told("e1", *short())
    write_silence(other.folder / "raw" / "e1.wav", 24)
    assert page_of(other)[0] == first
    assert every_page(report_all(other.settings, other.folder / "site").out) == before
    again = report_all(pages.settings, pages.folder / "site").folder
    assert again is not None
    assert (again.written, again.removed) == (0, 0)


def test_a_site_hangs_together(pages: Pages) -> None:
    pages.told("e1", *short(), title="一回目")
    pages.told("E1", *short(), title="大文字")
    pages.told("第2回 a/b?", *short(), title="二回目")
    write_silence(pages.folder / "raw" / "e1.wav", 24)
    link = {"card_id": "ce10", "other_card_id": "c第2回 a/b?0", "reason": "contrast", "score": 0.9}
    pages.write("card_links", "", [link])
    site = report_all(pages.settings, pages.folder / "site", copy_audio=True).out
    made = every_page(site)
    assert len({name.casefold() for name in made}) == len(made)
    for name, data in made.items():
        for link_ in Outline(data).all("a") + Outline(data).all("audio"):
            target, _, place = unquote(link_.get("href", link_.get("src", ""))).partition("#")
            path = ((site / name).parent / target).resolve() if target else site / name
            assert path.is_file(), (name, target)
            if place and path.suffix == ".html":
                assert f'id="{place}"' in path.read_text(encoding="utf-8"), (name, target, place)
    assert len(list((site / "audio").iterdir())) == 1


def test_what_is_forgotten_leaves_the_site(pages: Pages) -> None:
    pages.told("e1", *short())
    pages.told("e2", *short(), title="忘れる回")
    write_silence(pages.folder / "raw" / "e2.wav", 24)
    site = report_all(pages.settings, pages.folder / "site", copy_audio=True).out
    assert (site / "audio" / "E2.wav").is_file()
    pages.store.drop_episode("e2")
    made = report_all(pages.settings, site, copy_audio=True).folder
    assert made is not None
    assert made.removed == 2
    assert "忘れる回".encode() not in b"".join(
        p.read_bytes() for p in site.rglob("*") if p.is_file()
    )


def test_rejected_cards_are_not_shown(pages: Pages) -> None:
    pages.told("e1", {"text": "隣で支える。", "title": "隣で支える", "start_s": 1.0, "end_s": 2.0})
    quoted = {"card_id": "ce10", "title": "隣で支える", "last_char": 6}
    pages.cards("e1", quoted)
    assert len(page_of(pages)[1].all("article")) == 1
    pages.review("e1", "ce10", title="隣で支える", decision="reject")
    assert not page_of(pages)[1].all("article")

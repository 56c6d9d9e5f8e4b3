"""`kb export site`: which files it writes, and which it leaves alone."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jinja2", reason="the extra site is not installed")

CSP = "default-src 'none'; script-src 'self'"


def test_a_site_is_whole_and_leads_only_to_itself(kb_root: Path, run_kb: Callable[..., Any]) -> None:
    """Each page has a policy, the trust as it is, and links to files of the site; the feed and the sitemap name every page."""
    (kb_root / "de.md").write_text(
        '---\ntitle: "Grenzen & <b>mehr</b> \\uffff"\nlang: de\ntranslation_of: api/quotas\naliases: [Kontingent]\n---\nSiehe [hier](api/quotas.md#x), ![b](b.png).\n'
    )
    (kb_root / "draft.md").write_text("---\ntitle: Unripe\nstatus: draft\n---\nText.\n")
    (kb_root / "b.png").write_bytes(b"\x89PNG")
    said = run_kb(
        "export", "site", "out", "--address", "https://x.example/help", "--format", "json", cwd=kb_root
    )
    assert "for colleagues only" in said.err
    data, out = json.loads(said.out)["data"], kb_root / "out"
    pages = {path.relative_to(out).as_posix(): path.read_text() for path in out.rglob("*.html")}
    assert len(pages) == data["cards"] + 2
    assert (out / "picture/b.png").read_bytes() == b"\x89PNG"
    assert "card/draft.html" not in pages
    for path, page in pages.items():
        assert CSP in page
        for target in re.findall(r'(?:href|src)="([^"#?]+)', page):
            if not target.startswith("https:"):
                assert ((out / path).parent / target).is_file(), (path, target)
    german = pages["card/de.html"]
    assert "Grenzen &amp; &lt;b&gt;mehr&lt;/b&gt;" in german
    assert 'href="../card/api/quotas.html#text-x"' in german
    assert 'hreflang="en" href="https://x.example/help/card/api/quotas.html"' in german
    assert 'hreflang="de" href="https://x.example/help/card/de.html"' in pages["card/api/quotas.html"]
    assert "Unverified" in german
    feed = ET.fromstring((out / "feed.xml").read_text())
    assert len(feed.findall("{*}entry")) == data["cards"]
    places = ET.fromstring((out / "sitemap.xml").read_text()).findall("{*}url/{*}loc")
    assert len(places) == data["cards"] + 1


def test_only_what_kb_wrote_is_changed(kb_root: Path, run_kb: Callable[..., Any], tmp_path: Path) -> None:
    """What is right stays as it is, what is gone goes, what others put there stays; nothing leads out of the folder."""
    out = kb_root / "out"
    (kb_root / "more.md").write_text("---\ntitle: More\n---\nText.\n")
    run_kb("export", "site", "out", cwd=kb_root)
    assert not (out / "feed.xml").exists()
    (out / "CNAME").write_text("help.example.org")
    (kb_root / "more.md").unlink()
    stamp = (out / "card/api/quotas.html").stat().st_mtime_ns
    said = json.loads(run_kb("export", "site", "out", "--format", "json", cwd=kb_root).out)["data"]
    assert said["removed"] == 1
    assert (out / "CNAME").exists()
    assert not (out / "card/more.html").exists()
    assert (out / "card/api/quotas.html").stat().st_mtime_ns == stamp
    # A hostile clone says what kb wrote, and where to.
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    manifest = json.loads((out / "kb-site.json").read_text())
    manifest["files"] += ["../kb.toml", str(victim), "card/../../kb.toml", ""]
    (out / "kb-site.json").write_text(json.dumps(manifest))
    assert run_kb("export", "site", "out", cwd=kb_root).code == 0
    assert victim.exists()
    assert (kb_root / "kb.toml").exists()
    (out / "404.html").unlink()
    (out / "404.html").symlink_to(victim)
    refused = run_kb("export", "site", "out", cwd=kb_root)
    assert refused.code == 3
    assert "leads out of the site" in refused.err
    assert victim.read_text() == "mine"


def test_many_pages_are_listed_by_folder(kb_root: Path, run_kb: Callable[..., Any]) -> None:
    """Some hundred pages are no open list, which a browser lays out on each key; all of them are listed, once."""
    for number in range(301):
        path = kb_root / f"part{number % 2}" / f"c{number}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"---\ntitle: Card {number}\n---\nText.\n")
    run_kb("export", "site", "out", cwd=kb_root)
    page = (kb_root / "out/index.html").read_text()
    lists = re.findall(
        r"<details[^>]*>\n<summary>([^<]+)</summary>\n<ul>(.*?)</ul>\n</details>", page, re.DOTALL
    )
    listed = [link for _, rows in lists for link in re.findall(r'href="(card/[^"]+)"', rows)]
    assert {"part0 (151)", "part1 (150)"} <= {name for name, _ in lists}
    assert sorted(listed) == sorted(
        path.relative_to(kb_root / "out").as_posix() for path in (kb_root / "out/card").rglob("*.html")
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("full",), 3, "is no site of kb's, and not empty"),
        (("kb.toml",), 3, "is no site of kb's, and not empty"),
        (("out", "--address", "ftp://x"), 2, "is no address of a site"),
        (("out", "--address", "https://[x"), 2, "is no address of a site"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    kb_root: Path, run_kb: Callable[..., Any], arguments: tuple[str, ...], code: int, said: str
) -> None:
    """A folder of somebody else's, a file in its place, an address that is none."""
    (kb_root / "full").mkdir()
    (kb_root / "full/mine.txt").write_text("mine")
    refused = run_kb("export", "site", *arguments, cwd=kb_root)
    assert (refused.code, said in refused.err) == (code, True), refused
    assert [path.name for path in (kb_root / "full").iterdir()] == ["mine.txt"]
    assert not (kb_root / "out").exists()

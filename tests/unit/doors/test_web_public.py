"""The public's server: nothing of an internal card, nor of what is internal in a public one, in any byte of it."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from datedgit import make_repository

pytest.importorskip("starlette", reason="the extra web is not installed")
from kbcli.foundation.disk.files import hold_file
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.publication import Publisher
from kbcli.knowledge.trust.judging import judge_library
from kbcli.operations import load_operation
from kbcli.operations.live import LiveBase
from kbcli.operations.public import PublicBase

TODAY = date(2026, 11, 21)
INTERNAL = """\
---
title: Zsecrettitle quokka
type: zsecrettype
aliases: [zsecretalias]
tags: [zsecrettag]
product: zsecretproduct
owner: zsecretowner
lang: zs
verified: 2026-11-01
verified_by: zsecretverifier@example.org
verify_every: 90d
flagged: {by: zsecretflagger, on: 2026-11-20, reason: zsecretreason}
evidence: [https://zsecretevidence.example]
former_ids: [zsecretformer]
depends_on: [card:zsecretfolder/other]
zsecretfield: zsecretvalue
---
Zsecrettext quokkas. <!-- zsecretnote -->
"""
PUBLIC = """\
---
title: Open wombat
aliases: [marsupial]
tags: [zsecrettag]
audience: public
owner: zsecretowner
verified: 2026-11-01
verified_by: zsecretverifier@example.org
verify_every: 90d
flagged: {by: zsecretflagger, on: 2026-11-20, reason: zsecretreason}
evidence: [https://zsecretevidence.example]
former_ids: [zsecretformer]
depends_on: [card:zsecretfolder/internal]
zsecretfield: zsecretvalue
---
Wombats are open. <!-- zsecretnote -->

<!-- zsecretblock
more -->
[//]: # (zsecretidle)

- [zsecretlabel]: zsecretfolder/other.md "zsecretidle"

<!-- kb:until 2026-11-01 zsecretclaim -->
Valid once.

See [one](zsecretfolder/internal.md "x"), [two][r], [[zsecretfolder/internal|three]] and [four](other.md), `<!-- code -->`.

![a](zsecretpicture.png) ![b](seen.png) [file](zsecretfile.pdf)

[r]: zsecretfolder/internal.md
[R]: https://zsecretdouble.example "zsecretdouble"

<!-- reply -->
Dear all
<!-- /reply -->
"""
OTHER = "---\ntitle: Other wombat\naudience: public\nverified: 2026-11-01\nverify_every: 90d\n---\nMore.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A knowledge base with secrets wherever there can be some."""
    folder = tmp_path / "kb"
    (folder / "zsecretfolder").mkdir(parents=True)
    (folder / "kb.toml").write_text(
        'title = "Help"\n[groups]\nzsecretgroup = ["zsecretperson@example.org"]\n'
    )
    (folder / "synonyms.toml").write_text('"zsecretsynonym" = "wombat"\n')
    (folder / "zsecretfolder/internal.md").write_text(INTERNAL)
    (folder / "open.md").write_text(PUBLIC)
    (folder / "other.md").write_text(OTHER)
    (folder / "draft.md").write_text(
        "---\ntitle: Zsecretdraft\naudience: public\nstatus: draft\n---\nText.\n"
    )
    (folder / "seen.png").write_bytes(b"\x89PNG seen")
    return folder


@pytest.fixture
def public(root: Path) -> PublicBase:
    """What the public is given of it."""
    return PublicBase(LiveBase(root, today=lambda: TODAY), today=lambda: TODAY, say=lambda _: None)


def list_answers(server: Any) -> Iterator[str]:
    """Everything that the server says: each page and its JSON, and what is said of words that only internal cards have."""
    words = {
        word
        for text in (INTERNAL, PUBLIC)
        for word in re.findall(r"zsecret\w+|quokkas?", text, re.IGNORECASE)
    }
    for word in (
        *words,
        *(word[:-1] + "x" for word in words),
        "owner:zsecretowner",
        "tag:zsecrettag",
        "state:flagged",
        "wombat",
    ):
        for path in ("/search?q=", "/api/search?q="):
            said = server.ask(path + word).text
            # What was asked is said back, and is no secret.
            yield re.sub(f"{re.escape(word)}|{re.escape(quote(word))}", "", said, flags=re.IGNORECASE)
    for path in (
        "/",
        "/card/open",
        "/api/card/open",
        "/card/other",
        "/api/openapi.json",
        "/nothing",
        "/queue",
        "/static/kb.js",
    ):
        yield server.ask(path).text


def test_no_byte_of_what_is_internal_is_there(
    root: Path, public: PublicBase, serve: Callable[..., Any]
) -> None:
    """Not in a file of the public's base, nor in any answer: pages, JSON, suggestions, counts, errors."""
    server = serve(public)
    for path in public.root.rglob("*"):
        assert "zsecret" not in str(path.relative_to(public.root)).casefold()
        assert not path.is_file() or b"zsecret" not in path.read_bytes().lower(), path
    for said in list_answers(server):
        assert "zsecret" not in said.casefold(), said
        assert "quokka" not in said.casefold(), said
    hidden, absent = (
        server.ask(f"/card/{ident}") for ident in ("zsecretfolder/internal", "zsecretfolder/internak")
    )
    assert (hidden.status, absent.status) == (404, 404)
    assert hidden.text.replace("internal", "X") == absent.text.replace("internak", "X")
    for path in (
        "/queue",
        "/report",
        "/gaps",
        "/verify/open",
        "/api/queue",
        "/picture/zsecretpicture.png",
        "/card/draft",
    ):
        assert server.ask(path).status == 404, path
    for path in ("/flag/open", "/verify/open", "/ticket", "/api/suggest"):
        assert server.ask(path, {"digest": "x"}).status in (404, 405), path


def test_what_is_public_is_all_there(root: Path, public: PublicBase, serve: Callable[..., Any]) -> None:
    """Text, links to public cards, pictures, the trust as it is; an edit shows within a second, and publishing counts at once."""
    server = serve(public)
    page = server.ask("/card/open").text
    assert "This may be out of date." in page
    assert '<a href="/card/other">four</a>' in page
    assert "three" in page
    assert "<code>&lt;!-- code --&gt;</code>" in page
    assert "ended 20 days ago" in page
    assert server.ask("/picture/seen.png").status == 200
    found = json.loads(server.ask("/api/search?q=marsupial").text)["data"]["hits"]
    assert [(hit["card"]["id"], hit["card"]["state"]) for hit in found] == [("open", "flagged")]
    assert json.loads(server.ask("/api/card/other").text)["data"]["card"]["state"] == "verified"
    internal = root / "zsecretfolder/internal.md"
    internal.write_text("---\ntitle: Now for all\naudience: public\n---\nQuokkas.\n")
    (root / "other.md").unlink()
    server.base._source.look_again()
    server.base.look_again()
    assert "Now for all" in server.ask("/search?q=quokkas").text
    assert server.ask("/card/other").status == 404


def test_a_source_that_cannot_be_read_is_nobodys_business(
    root: Path, serve: Callable[..., Any], tmp_path: Path
) -> None:
    """A broken kb.toml, one that went, a folder that went: 503 on every page, without a path or a word of it; once told here."""
    said: list[str] = []
    server = serve(PublicBase(LiveBase(root, today=lambda: TODAY), today=lambda: TODAY, say=said.append))
    settings = (root / "kb.toml").read_text()
    for breaking in (
        lambda: (root / "kb.toml").write_text("zsecretkey = ["),
        (root / "kb.toml").unlink,
        lambda: root.rename(tmp_path / "elsewhere"),
    ):
        breaking()
        for path in ("/", "/card/other", "/search?q=wombat", "/api/search?q=wombat", "/picture/seen.png"):
            refused = server.ask(path)
            assert refused.status in (404, 503) if "picture" in path else refused.status == 503, path
            for word in ("zsecret", "kb.toml", str(tmp_path), "wombat", "PNG"):
                assert word not in refused.text, path
        if root.exists():
            (root / "kb.toml").write_text(settings)
            assert server.ask("/card/other").status == 200
    assert [line.partition(" ")[2][:13] for line in said] == [
        "is not valid ",
        "is no knowled",
        "is no knowled",
    ]
    (tmp_path / "elsewhere").rename(root)
    (root / "kb.toml").write_text(settings)
    assert server.ask("/card/other").status == 200


def test_a_picture_and_what_a_card_depends_on_are_as_fresh_as_its_text(
    tmp_path: Path, serve: Callable[..., Any], git_commit: Callable[..., str], run_kb: Callable[..., Any]
) -> None:
    """A picture goes with the card that shows it, though nothing else is asked; a changed source makes its card changed."""
    root = tmp_path / "kb"
    root.mkdir()
    (root / "kb.toml").write_text('title = "Help"\n')
    (root / "source.txt").write_text("one\n")
    (root / "seen.png").write_bytes(b"\x89PNG seen")
    text = "---\ntitle: Open wombat\naudience: public\nowner: ada\ndepends_on: [source.txt]\nverify_every: 90d\n---\n![a](seen.png)\n"
    (root / "open.md").write_text(text)
    make_repository(root)
    assert run_kb("--kb", str(root), "--today", "2026-11-20", "verify", "open", "--yes").code == 0
    private = LiveBase(root, today=lambda: TODAY)
    server = serve(PublicBase(private, today=lambda: TODAY, say=lambda _: None))

    def find_state(server: Any) -> str:
        return str(json.loads(server.ask("/api/search?q=wombat").text)["data"]["hits"][0]["card"]["state"])

    inside = serve(private)
    assert (find_state(server), find_state(inside)) == ("verified", "verified")
    (root / "source.txt").write_text("two\n")
    time.sleep(1)
    assert (find_state(server), find_state(inside)) == ("changed", "suspect")
    assert server.ask("/picture/seen.png").status == 200
    (root / "open.md").write_text(text.replace("public", "internal"))
    time.sleep(1)
    assert server.ask("/picture/seen.png").status == 404


def test_midnight_strips_no_card_anew(root: Path) -> None:
    """A new day changes what a card is worth, and not a byte of what is published: it says so by its dates."""
    publisher = Publisher()
    library = load_library(LiveBase(root, today=lambda: TODAY).config)
    first = publisher.publish(library, judge_library(library, TODAY)).texts
    later = publisher.publish(library, judge_library(library, date(2027, 6, 1))).texts
    assert all(first[path] is text for path, text in later.items() if path != "kb.toml")
    assert len(later) == len(first) == 3


def test_one_publishes_at_a_time(root: Path, public: PublicBase) -> None:
    """Of several processes that serve the same base one writes the folder while the others wait."""
    (root / "new.md").write_text(OTHER)
    public._source.look_again()
    waiting = threading.Thread(target=lambda: public.config)
    with hold_file(public.root / "kb.toml"):
        waiting.start()
        waiting.join(0.5)
        assert not (public.root / "new.md").exists()
    waiting.join()
    assert (public.root / "new.md").exists()


def test_what_is_published_again_is_as_published_anew(root: Path, public: PublicBase) -> None:
    """After each of many changes the folder holds what it would had it been made from nothing: links, pictures, states, names."""

    def write(name: str, text: str) -> Callable[[], object]:
        return lambda: (root / name).write_text(text)

    picture = root / "zsecretpicture.png"
    for change in (
        write("zsecretfolder/internal.md", INTERNAL + "more"),
        write("zsecretfolder/internal.md", OTHER),
        write("other.md", OTHER.replace("public", "internal")),
        lambda: picture.write_bytes(b"\x89PNG new"),
        lambda: picture.write_bytes(b"\x89PNG old"),
        picture.unlink,
        (root / "seen.png").unlink,
        write("other.md", OTHER + "flagged: {by: a, on: 2026-11-20, reason: b}\n"),
        write(
            "other.md", OTHER.replace("---\nMore", "flagged: {by: a, on: 2026-11-20, reason: b}\n---\nMore")
        ),
        write("third.md", OTHER.replace("---\nMore", "translation_of: other\nlang: de\n---\nMore")),
        (root / "other.md").unlink,
        write("kb.toml", 'title = "Help"\nlang = "fr"\nextensions = [".md", ".markdown"]\n'),
        write("fourth.markdown", OTHER),
        lambda: (root / "open.md").rename(root / "opened.md"),
    ):
        change()
        public._source.look_again()
        public.look_again()
        assert public.config.title == "Help"
        config = public._source.config
        library = load_library(config)
        texts, pictures = Publisher().publish(library, judge_library(library, TODAY))
        files = {
            path.relative_to(public.root).as_posix(): path.read_bytes()
            for path in public.root.rglob("*")
            if path.is_file()
        }
        wanted = {path: text.encode() for path, text in texts.items()}
        assert files == wanted | {path: (root / path).read_bytes() for path in pictures}


def test_no_card_is_in_the_way_of_another(root: Path, tmp_path: Path) -> None:
    """A card stands for the public where it stands at home: a folder called as another card's page is none."""
    (root / "kb.toml").write_text('extensions = [".md", ".html.md.erb"]\n')
    (root / "a.html.md.erb").write_text("---\ntitle: First\naudience: public\n---\n[second](a.md/b.md)\n")
    (root / "a.md").mkdir()
    (root / "a.md/b.md").write_text("---\ntitle: Second\naudience: public\n---\n[first](../a.html.md.erb)\n")
    public = PublicBase(LiveBase(root, today=lambda: TODAY), today=lambda: TODAY, say=lambda _: None)
    shown = [load_operation("show")(public, ident, whole=True).card for ident in ("a", "a.md/b")]
    assert [card.title for card in shown] == ["First", "Second"]


def test_no_byte_of_what_is_internal_is_in_an_exported_site(
    root: Path, run_kb: Callable[..., Any], tmp_path: Path
) -> None:
    """Not in a page, the index of the search, feed, sitemap, or the name of a file; what is public is there."""
    out = tmp_path / "site"
    said = run_kb(
        "--kb", str(root), "export", "site", str(out), "--public", "--address", "https://help.example.org"
    )
    assert said.code == 0, said.err
    files = [path for path in out.rglob("*") if path.is_file()]
    for path in files:
        assert b"secret" not in path.read_bytes().lower(), path
        assert b"quokka" not in path.read_bytes().lower(), path
        assert "secret" not in str(path.relative_to(out)).casefold()
    names = {path.relative_to(out).as_posix() for path in files}
    assert {"card/open.html", "card/other.html", "picture/seen.png", "feed.xml", "sitemap.xml"} <= names
    assert "card/draft.html" not in names
    assert "marsupi" in (out / "static/search-index.js").read_text()
    page = (out / "card/open.html").read_text()
    assert "This may be out of date." in page
    assert '<a href="../card/other.html">four</a>' in page


@pytest.mark.parametrize(
    ("names", "problem"),
    [(("a.md", "a.html/b.md"), "wants a folder of that name"), ((f"{'é' * 126}.md",), "would be too long")],
)
def test_names_that_a_site_cannot_have_are_refused_whole(
    names: tuple[str, ...], problem: str, root: Path, run_kb: Callable[..., Any], tmp_path: Path
) -> None:
    """A page in the way of a folder, a name too long with its ending: told with the remedy before a file is written."""
    for name in names:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(OTHER)
    said = run_kb("--kb", str(root), "export", "site", str(tmp_path / "site"), "--public")
    assert said.code == 3
    assert problem in said.err
    assert "kb mv" in said.err
    assert not (tmp_path / "site").exists()

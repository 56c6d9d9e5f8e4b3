"""The public's server: nothing of an internal card, nor of what is internal in a public one, in any byte of it."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
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
<!-- kb:until 2026-11-01 zsecretclaim -->
Valid once.

See [one](zsecretfolder/internal.md "x"), [two][r], [[zsecretfolder/internal|three]] and [four](other.md), `<!-- code -->`.

![a](zsecretpicture.png) ![b](seen.png) [file](zsecretfile.pdf)

[r]: zsecretfolder/internal.md

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

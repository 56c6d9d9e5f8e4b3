"""Moving a card with every link to it and from it."""

import os
import subprocess
from datetime import date

import pytest
from datedgit import make_repository

from kbcli.config import Config, load_config
from kbcli.errors import KbError, OutsidePathError, RefusedError, UsageError
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.moving import apply_move, plan_move
from kbcli.knowledge.edit.verification import stamp_card
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.trust.judging import judge_library

DAY = date(2026, 11, 21)
LINKS = """\
---
title: Links
distinct_from: [api/quotas]   # not the same
depends_on:
  - card:api/quotas # why
  - api/quotas.md
---
[plain](../api/quotas.md) and [anchor](../api/quotas.md#x "A title") and [ref][q] ![image](<../api/quotas.md>)
[no suffix](../api/quotas), [web](https://example.org/api/quotas.md), `[code](../api/quotas.md)`, [page](../api/quotas.html?a=b)
[encoded](../api/%71uotas.md) [other](../api/too-many-requests.md) <a href="../api/quotas.md">html</a>

```
[fenced](../api/quotas.md)
```

[q]: ../api/quotas.md 'title'
"""


@pytest.fixture
def config(kb_root):
    """The example knowledge base with a card full of links to one card."""
    (kb_root / "help").mkdir()
    (kb_root / "help/links.md").write_bytes(LINKS.encode())
    (kb_root / "help/bytes.md").write_bytes(b"\xef\xbb\xbf[x](../api/quotas.md)\r\ncaf\xe9\x81\r\n")
    return load_config(kb_root, kb_root, {})


def move(config, reference, target):
    """Plan and apply a move."""
    plan = plan_move(config, load_card(config, reference), target)
    apply_move(config, plan)
    return plan


def test_every_link_follows(config):
    """Inline, titled, reference, image, HTML, suffixless and encoded links follow; code, web and other links do not."""
    plan = move(config, "api/quotas", "limits/plan quotas (new)")
    text = (config.root / "help/links.md").read_text()
    new = "../limits/plan%20quotas%20%28new%29"
    assert f'[plain]({new}.md) and [anchor]({new}.md#x "A title")' in text
    assert "![image](<../limits/plan quotas (new).md>)" in text
    assert f"[no suffix]({new})" in text
    assert f"[page]({new}.html?a=b)" in text
    assert f"[encoded]({new}.md)" in text
    assert f'<a href="{new}.md">' in text
    assert f"[q]: {new}.md 'title'" in text
    assert "`[code](../api/quotas.md)`" in text
    assert "[fenced](../api/quotas.md)" in text
    assert "[web](https://example.org/api/quotas.md)" in text
    assert "distinct_from: [limits/plan quotas (new)]   # not the same\n" in text
    assert "  - card:limits/plan quotas (new) # why\n  - limits/plan quotas (new).md\n" in text
    assert (
        config.root / "help/bytes.md"
    ).read_bytes() == f"\ufeff[x]({new}.md)\r\n".encode() + b"caf\xe9\x81\r\n"
    assert (config.root / "help/links.md").read_text().count("api/quotas") == 3
    assert {item.path for item in plan.repaired} == {"help/links.md", "help/bytes.md", plan.new_path}


def test_the_moved_card_keeps_its_own_links(config):
    """Its links lead where they led, its former ID resolves, and the old file is gone."""
    plan = move(config, "api/quotas", "deep/er/quotas")
    card = load_card(config, "deep/er/quotas")
    assert "(../../api/too-many-requests.md)" in card.body
    assert card.former_ids == ("api/quotas",)
    assert load_card(config, "api/quotas").id == "deep/er/quotas"
    assert not (config.root / plan.old_path).exists()
    move(config, "deep/er/quotas", "api/quotas")
    back = load_card(config, "api/quotas")
    assert "(too-many-requests.md)" in back.body
    assert back.former_ids == ("deep/er/quotas",)


def test_trust_survives_a_move(config, kb_root):
    """A repaired link is not a changed text: what was verified, pinned or translated before is so after."""
    (kb_root / "de.md").write_text(
        "---\ntitle: x\ntranslation_of: help/links\n---\nText [x](api/quotas.md)\n"
    )
    for ident in ("de", "help/links", "api/quotas", "api/too-many-requests", "help/links"):
        stamp_card(config, load_card(config, ident), DAY, "me")
    stamp_card(config, load_card(config, "de"), DAY, "me")
    before = {card.id: trust.state for card, trust in zip(*_judge(config), strict=True)}
    assert before["de"] == before["help/links"] == before["api/quotas"] == "verified"
    move(config, "api/quotas", "limits/quotas")
    after = {card.id: trust.state for card, trust in zip(*_judge(config), strict=True)}
    assert after == {
        "limits/quotas" if ident == "api/quotas" else ident: state for ident, state in before.items()
    }


def _judge(config):
    library = load_library(config)
    return library.cards, judge_library(library, DAY).values()


def test_a_stamp_that_did_not_hold_is_not_mended(config):
    """A card whose text had changed before the move is still changed after it."""
    stamp_card(config, load_card(config, "help/links"), DAY, "me")
    path = config.root / "help/links.md"
    path.write_text(path.read_text().replace("[plain]", "[other word]"))
    old = load_card(config, "help/links").verified_digest
    move(config, "api/quotas", "limits/quotas")
    card = load_card(config, "help/links")
    assert card.verified_digest == old != card.digest


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("../out", OutsidePathError), ("/etc/x", UsageError), (".git/x", OutsidePathError), (".hidden/x", RefusedError),
        ("templates/x", RefusedError), ("api/too-many-requests", RefusedError), ("API/Too-Many-Requests", RefusedError),
        ("api/quotas", UsageError), ("", UsageError), ("a\\b", UsageError), ("node_modules/x", RefusedError),
    ],
)  # fmt: skip
def test_targets_without_meaning_are_refused(config, target, error):
    """Outside, hidden, taken (in any case), the same or no place: refused, and nothing is touched."""
    before = _read_all(config.root)
    with pytest.raises(error):
        move(config, "api/quotas", target)
    assert _read_all(config.root) == before


def _read_all(root):
    return {path: path.read_bytes() for path in sorted(root.rglob("*.md")) if ".git" not in path.parts}


def test_a_folder_and_a_suffix_are_understood(config):
    """A target that ends in a slash is a folder; one with a suffix is a path."""
    assert plan_move(config, load_card(config, "api/quotas"), "limits/").new_path == "limits/quotas.md"
    assert (
        plan_move(config, load_card(config, "api/quotas"), "limits/q.markdown").new_path
        == "limits/q.markdown"
    )


@pytest.mark.parametrize("step", range(1, 4))
def test_a_failure_at_any_step_undoes_everything(config, monkeypatch, step):
    """When the disk refuses one of the writes, every file is as it was, and no folder is left."""
    plan = plan_move(config, load_card(config, "api/quotas"), "limits/quotas")
    before = _read_all(config.root)
    calls = []
    names = ("replace", "link")
    real = {name: getattr(os, name) for name in names}

    def fail(name):
        def call(*arguments, **options):
            calls.append(name)
            if len(calls) == step:
                raise OSError("disk full") if name == "replace" else FileExistsError("appeared")
            return real[name](*arguments, **options)

        return call

    for name in names:
        monkeypatch.setattr(os, name, fail(name))
    with pytest.raises((OSError, KbError)):
        apply_move(config, plan)
    monkeypatch.undo()
    assert _read_all(config.root) == before
    assert not (config.root / "limits").exists()


def test_a_file_that_changed_since_the_plan_stops_the_move(config):
    """A card that somebody saved in between is not overwritten, and the rest is undone."""
    plan = plan_move(config, load_card(config, "api/quotas"), "limits/quotas")
    (config.root / "help/links.md").write_text("saved")
    before = _read_all(config.root)
    with pytest.raises(RefusedError, match="changed"):
        apply_move(config, plan)
    assert _read_all(config.root) == before


def test_a_card_that_cannot_be_repaired_stops_the_move(config):
    """A card whose link cannot be rewritten is reported before anything is written."""
    (config.root / "utf16.md").write_bytes("[x](api/quotas.md)".encode("utf-16"))
    before = _read_all(config.root)
    with pytest.raises(RefusedError, match=r"utf16\.md"):
        move(config, "api/quotas", "limits/quotas")
    assert _read_all(config.root) == before


def test_language_and_source_from_the_path_are_kept(tmp_path):
    """A translation moved out of its language folder, and one whose source moves, keep what the path said."""
    for path in ("en/pod.md", "de/pod.md"):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text("---\ntitle: Pod\n---\nText\n")
    config = Config(root=tmp_path, translation_pattern="{lang}/{path}", translation_source="en")
    move(config, "en/pod", "en/pods")
    assert load_card(config, "de/pod").translation_of == "en/pods"
    move(config, "de/pod", "pod-de")
    card = load_card(config, "pod-de")
    assert (card.lang, card.translation_of) == ("de", "en/pods")


def test_an_index_page_is_followed_by_its_folder(tmp_path):
    """A link to a folder whose index moves leads to the new folder."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/index.md").write_text("---\ntitle: A\n---\nText\n")
    (tmp_path / "b.md").write_text("[a](a/) [b](./a/index.md#x)\n")
    config = Config(root=tmp_path)
    move(config, "a/index", "c/index")
    assert (tmp_path / "b.md").read_text() == "[a](c/) [b](./c/index.md#x)\n"


NOTATIONS = """\
[[Old]] [[a/Old#Part|t]] ![[old]] [[Old.md]] [[Other]] [n](Old.md) `[[Old]]`

| [[Old\\|t]] |
|---|

[x](/a/Old) [x](/a/Old.html#p) <a href=/a/Old/>x</a> {{< ref "../a/Old.md#p" >}} {{% relref "/a/Old" %}} {% link a/Old.md %}

!!! note

    [x](../a/Old.md) [[a/Old]]
"""
MOVED = """\
[[New]] [[c/New#Part|t]] ![[New]] [[New.md]] [[Other]] [n](../c/New.md) `[[Old]]`

| [[New\\|t]] |
|---|

[x](/c/New) [x](/c/New.html#p) <a href=/c/New/>x</a> {{< ref "../c/New.md#p" >}} {{% relref "/c/New" %}} {% link c/New.md %}

!!! note

    [x](../c/New.md) [[c/New]]
"""


def test_links_in_other_notations_follow(tmp_path, git_commit):
    """Wiki links, links from the site's root, Hugo's and Jekyll's follow a move, in cards and other files, as written."""
    (tmp_path / "kb.toml").write_text(
        'renderer = "obsidian"\nexclude = ["c/plain.md"]\n[links]\nroots = ["."]\n'
    )
    for path, text in (
        ("a/Old.md", "[[Other]] [[#Part]] [x](../b/Other.md)\n"),
        ("b/Other.md", NOTATIONS),
        ("c/plain.md", NOTATIONS),
    ):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)
    make_repository(tmp_path)
    git_commit(tmp_path)
    plan = move(load_config(tmp_path, tmp_path, {}), "a/Old", "c/New")
    assert (tmp_path / "b/Other.md").read_text() == MOVED
    assert (tmp_path / "c/plain.md").read_text() == MOVED.replace("../c/New.md)", "New.md)").replace(
        '"../c/New.md', '"New.md'
    )
    assert (tmp_path / "c/New.md").read_text().endswith("[[Other]] [[#Part]] [x](../b/Other.md)\n")
    assert not plan.left


def test_paths_from_zolas_content_and_to_a_folders_page_follow(tmp_path, git_commit):
    """`@/x.md` stays one, and `x/index.html` leads to what is a folder's page, whatever its file was called."""
    (tmp_path / "kb.toml").write_text('renderer = "zola"\n')
    for path, text in (
        ("content/a.md", "[1](@/docs/b.md#x) [2](docs/index.html) [3](@/gone.md)\n"),
        ("content/docs/b.md", "## x\n\n[1](@/a.md)\n"),
        ("content/docs/README.md", "Text\n"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    make_repository(tmp_path)
    git_commit(tmp_path)
    config = load_config(tmp_path, tmp_path, {})
    for old, new in (("content/docs/b", "content/c"), ("content/docs/README", "content/more/README"),
                     ("content/more/README", "content/last")):  # fmt: skip
        move(config, old, new)
    assert (tmp_path / "content/a.md").read_text() == "[1](@/c.md#x) [2](last.html) [3](@/gone.md)\n"
    assert (tmp_path / "content/c.md").read_text().endswith("[1](@/a.md)\n")


@pytest.mark.parametrize(
    ("path", "text", "is_named"),
    [
        ("mkdocs.yml", "nav:\n  - Old: a/old.md", True),
        ("sidebars.json", '["a/old"]', True),
        ("docs.js", 'import x from "../content/a/old.mdx"', True),
        ("menu.toml", 'url = "/a/old/"', True),
        ("other.yml", "- b/old.md\n- a/old-timers.md\n- a/old/more.md\n- manifold", False),
    ],
)
def test_what_names_a_moved_card_elsewhere_is_said(path, text, is_named, tmp_path, git_commit):
    """Navigation and imports are left as they are, and the lines that may lead to the old place are named."""
    (tmp_path / "kb.toml").touch()
    (tmp_path / "a").mkdir()
    (tmp_path / "a/old.md").write_text("import x from './x'\n\nText\n")
    (tmp_path / path).write_text(text + "\n")
    make_repository(tmp_path)
    git_commit(tmp_path)
    plan = move(load_config(tmp_path, tmp_path, {}), "a/old", "b/new")
    assert (tmp_path / path).read_text() == text + "\n"
    expected = {(path, len(text.split("\n")), text.split("\n")[-1].strip())} if is_named else set()
    assert set(plan.left) == expected | {("b/new.md", 1, "import x from './x'")}


def test_a_link_that_would_lead_elsewhere_is_never_written(config, monkeypatch):
    """Every rewritten link is read again: one that does not lead to the card stops the move."""
    before = _read_all(config.root)
    for wrong in ("else/where.md", "has space.md", "x) and [more](y"):
        monkeypatch.setattr("kbcli.knowledge.edit.links._write_target", lambda *_args, wrong=wrong: wrong)
        with pytest.raises(RefusedError, match="read differently"):
            move(config, "api/quotas", "limits/quotas")
    assert _read_all(config.root) == before


PRETTY = {
    "kb.toml": 'renderer = "jekyll"\n',
    "build.md": "# Share\n\n[1](../start/) [2](../start/#go)\n",
    "start.md": "# Go\n\n[1](../build/#share) ![](../x.png)\n",
    "de/build.md": "# Teilen\n\n[1](../start/) [2](../../start/)\n",
    "de/start.md": "# Los\n\n[1](../build/) [2](../../build/)\n",
    "x.png": "",
}


@pytest.fixture
def pretty(tmp_path, git_commit):
    """A site whose pages are folders to browsers, in two languages."""
    for path, text in PRETTY.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    make_repository(tmp_path)
    git_commit(tmp_path)
    return load_config(tmp_path, tmp_path, {})


def test_links_between_pages_follow_by_their_addresses(pretty):
    """A path means what browsers make of it: a card that has the path of a file's name beside it is another."""
    plan = move(pretty, "build", "more/make")
    assert {edit.path for edit in plan.edits} == {"start.md", "de/start.md"}
    assert "[1](../more/make/#share) ![](../x.png)" in (pretty.root / "start.md").read_text()
    assert "[1](../build/) [2](../../more/make/)" in (pretty.root / "de/start.md").read_text()
    moved = (pretty.root / "more/make.md").read_text()
    assert "[1](../../start/) [2](../../start/#go)" in moved
    assert plan.left == ()


def test_what_stands_in_links_to_other_cards_is_not_named(pretty):
    """A move leaves no line that names a card of the same name elsewhere; one that nothing follows it names."""
    (pretty.root / "sidebar.json").write_text('["de/build"]\n')
    subprocess.run(["git", "add", "-A"], cwd=pretty.root, check=True)
    plan = move(pretty, "de/build", "de/make")
    assert [one.path for one in plan.left] == ["sidebar.json"]
    assert "[1](../make/) [2](../../build/)" in (pretty.root / "de/start.md").read_text()


NAMED = {
    "kb.toml": 'renderer = "docusaurus"\n[links]\nroots = ["static"]\ngenerated = ["term", "**/*.md"]\n',
    "docs/Config.md": "---\nid: configuration\n---\n## Timers\n",
    "docs/ReactNative.md": "---\nid: react-native\n---\n[1](configuration#timers) [2](term) [3](./Config.md)\n",
    "docs/deep/Start.md": "[1](../configuration#timers) [2](/docs/configuration#timers)\n",
    "static/x.png": "",
}


def _write_base(root, git_commit, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    make_repository(root)
    git_commit(root)
    return load_config(root, root, {})


def test_pages_that_are_called_otherwise_than_their_files_are_followed(tmp_path, git_commit):
    """A page is linked to by what its front matter calls it, and of that only the folder is new; words of the build stay, a file that is there does not."""
    config = _write_base(tmp_path, git_commit, NAMED)
    move(config, "docs/ReactNative", "docs/more/ReactNative")
    assert (
        "[1](../configuration#timers) [2](term) [3](../Config.md)"
        in (tmp_path / "docs/more/ReactNative.md").read_text()
    )
    move(config, "docs/Config", "docs/more/Config")
    assert "[1](configuration#timers)" in (tmp_path / "docs/more/ReactNative.md").read_text()
    assert (tmp_path / "docs/deep/Start.md").read_text() == (
        "[1](../more/configuration#timers) [2](/docs/more/configuration#timers)\n"
    )


def test_addresses_in_lower_case_are_followed(tmp_path, git_commit):
    """Hugo makes addresses of names in lower case: a page is found by them when it moves."""
    files = {
        "kb.toml": 'renderer = "hugo"\n[links]\nroots = ["content"]\n',
        "content/os/GetEnv.md": "Text\n",
        "content/start.md": "[1](/os/getenv/)\n",
    }
    config = _write_base(tmp_path, git_commit, files)
    move(config, "content/os/GetEnv", "content/env/GetEnv")
    assert (tmp_path / "content/start.md").read_text().lower() == "[1](/env/getenv/)\n"


def test_addresses_that_settings_of_the_site_make_are_followed(tmp_path, git_commit):
    """What stands before an address stays (where the site lies, a language), and Jekyll's permalink makes the new one."""
    docusaurus = {
        "kb.toml": 'renderer = "docusaurus"\n[links]\nroots = ["."]\nbase = "/x/"\n'
        '[translations]\npattern = "i18n/{lang}/current/{path}"\nsource = "en"\nsource_path = "docs/{path}"\n',
        "docs/a.md": "[1](/docs/b) [2](/x/docs/b#c) [3](/x/de/docs/b)\n",
        "docs/b.md": "## C\n",
    }
    move(_write_base(tmp_path / "1", git_commit, docusaurus), "docs/b", "docs/new/b2")
    assert (
        tmp_path / "1/docs/a.md"
    ).read_text() == "[1](/docs/new/b2) [2](/x/docs/new/b2#c) [3](/x/de/docs/new/b2)\n"
    jekyll = {
        "kb.toml": 'renderer = "jekyll"\n[links]\nroots = ["."]\n',
        "_config.yml": "collections: {docs: {permalink: /:collection/:path.html}}\n",
        "_docs/a.md": "[1](/docs/b.html#c)\n",
        "_docs/b.md": "## C\n",
    }
    jekyll |= {"_posts/2024-01-05-hello.md": "Hi\n", "_posts/x.md": "[1](/2024/01/05/hello)\n"}
    config = _write_base(tmp_path / "2", git_commit, jekyll)
    move(config, "_docs/b", "_docs/new/b2")
    move(config, "_posts/2024-01-05-hello", "_posts/2024-01-05-hi")
    assert (tmp_path / "2/_docs/a.md").read_text() == "[1](/docs/new/b2.html#c)\n"
    assert (tmp_path / "2/_posts/x.md").read_text() == "[1](/2024/01/05/hi)\n"
    numbered = {
        "kb.toml": 'renderer = "docusaurus"\n[links]\nroots = ["."]\n',
        "docs/01-start/02-intro.md": "Text\n",
        "docs/a.md": "[1](/docs/start/intro) [2](./01-start/02-intro.md) [3](start/intro)\n",
    }
    move(
        _write_base(tmp_path / "3", git_commit, numbered), "docs/01-start/02-intro", "docs/03-more/01-welcome"
    )
    assert (
        tmp_path / "3/docs/a.md"
    ).read_text() == "[1](/docs/more/welcome) [2](./03-more/01-welcome.md) [3](more/welcome)\n"

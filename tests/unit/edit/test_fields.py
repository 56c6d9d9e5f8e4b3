"""Fields written on disk, under the names and in the styles of a knowledge base."""

import os
from datetime import date

import pytest

from kbcli.config import Config
from kbcli.errors import KbError, OutsidePathError, RefusedError
from kbcli.knowledge.edit.fields import edit_fields, read_card_bytes, rewrite_card

DAY = date(2026, 4, 7)


def write_fields(config, path, changes):
    """Set fields of a card on disk."""
    rewrite_card(config, path, lambda data: edit_fields(config, path, data, changes))


def edit(tmp_path, header, changes, **settings):
    """The header after writing kb fields into a card."""
    path = tmp_path / "a.md"
    path.write_text(f"---\n{header}---\nText\n", encoding="utf-8")
    write_fields(Config(root=tmp_path, **settings), "a.md", changes)
    return path.read_text(encoding="utf-8").removeprefix("---\n").removesuffix("---\nText\n")


def test_fields_have_the_names_of_the_knowledge_base(tmp_path):
    """A mapped field is written under its own name, and a new one below its mapped relative."""
    fields = {"verified": "last_reviewed_on", "verified_by": "reviewer"}
    result = edit(
        tmp_path,
        "last_reviewed_on: 2026-01-01\nz: 1\n",
        {"verified": DAY, "verified_by": "me"},
        fields=fields,
    )
    assert result == "last_reviewed_on: 2026-04-07\nreviewer: me\nz: 1\n"


@pytest.mark.parametrize(
    ("old", "style", "new"),
    [
        ("12/30/2016", "us", "04/07/2026"),
        ('"12/30/2016"', "us", '"04/07/2026"'),
        ("30.12.2016", "eu", "07.04.2026"),
        ("1/2/2016", "us", "4/7/2026"),
        ("2016-12-30", "us", "2026-04-07"),
        ("12/30/2016", "iso", "2026-04-07"),
        ("", "us", "04/07/2026"),
    ],
)
def test_dates_keep_the_style_of_the_file(tmp_path, old, style, new):
    """A day is written as the old one was, or as the knowledge base writes days."""
    assert edit(tmp_path, f"verified: {old}\n", {"verified": DAY}, date_style=style) == f"verified: {new}\n"


def test_values_are_the_words_of_the_knowledge_base(tmp_path):
    """A status is written in the word that kb.toml maps to it."""
    values = {"status": {"published": "active", "wip": "draft"}}
    assert edit(tmp_path, "status: wip\n", {"status": "active"}, values=values) == "status: published\n"


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")
def test_a_path_that_leads_out_is_not_written(tmp_path):
    """A link out of the knowledge base, dots and git's own folder are refused, and nothing is touched."""
    root = tmp_path / "kb"
    (root / ".git").mkdir(parents=True)
    (tmp_path / "secret.md").write_text("Text\n")
    (root / "out.md").symlink_to("../secret.md")
    (root / ".git/x.md").write_text("Text\n")
    for path in ("out.md", "../secret.md", ".git/x.md"):
        with pytest.raises(OutsidePathError):
            write_fields(Config(root=root), path, {"verified": DAY})
    assert (tmp_path / "secret.md").read_text() == "Text\n"


def test_a_refusal_names_the_file_and_leaves_it(tmp_path):
    """Damaged front matter is refused with path, line and remedy; the bytes stay."""
    path = tmp_path / "a.md"
    path.write_bytes(b"---\na: b: c\n---\nText\n")
    with pytest.raises(RefusedError, match=r"a\.md: .*line 2") as caught:
        write_fields(Config(root=tmp_path), "a.md", {"verified": DAY})
    assert caught.value.hint
    assert path.read_bytes() == b"---\na: b: c\n---\nText\n"


def test_editing_writes_nothing(tmp_path):
    """Edited bytes are those after the change, and the file is as it was."""
    path = tmp_path / "a.md"
    path.write_bytes(b"Text\n")
    config = Config(root=tmp_path)
    after = edit_fields(config, "a.md", read_card_bytes(config, "a.md"), {"verified": DAY})
    assert path.read_bytes() == b"Text\n"
    assert after == b"---\nverified: 2026-04-07\n---\nText\n"


def test_what_is_not_a_file_is_an_error(tmp_path):
    """A missing card, a folder and a pipe are said to be that, at once."""
    (tmp_path / "folder.md").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.md")
    for path in ("gone.md", "folder.md", "pipe.md"):
        with pytest.raises(KbError):
            write_fields(Config(root=tmp_path), path, {"verified": DAY})

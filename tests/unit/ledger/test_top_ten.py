"""Promises of the top ten as a file: written whole once, then one value at a time, all else as people left it."""

from pathlib import Path

import pytest

from kbcli.config import load_config
from kbcli.errors import KbError, RefusedError
from kbcli.support.ledger.top_ten import (
    Row,
    format_top_ten,
    load_top_ten,
    parse_top_ten,
    set_row_field,
    write_top_ten,
)

MONTH = "2026-11"
WORDS = ("429", "it's: “slow”", "# no comment", "yes", "密码", "[a, b]", "-", "2026-11-02")


def test_what_is_drafted_is_read_back_and_never_written_over(tmp_path: Path) -> None:
    """Rows with words that YAML would take for something else come back as they were, and a second draft is refused."""
    rows = [
        Row("limit-429", "How many? #1", WORDS, 38, lang="de"),
        Row("密码", "密码", ("密码",), 7),
        Row("no", "no", ("no", "null"), 5),
    ]
    text = format_top_ten(MONTH, rows, {"no": "no card fits"}, "The top ten")
    found = parse_top_ten(text, MONTH)
    assert [row._replace(line=1) for row in found.rows] == rows
    assert found.mistakes == ()
    config = load_config(tmp_path, None, environment={})
    write_top_ten(config, MONTH, text)
    with pytest.raises(RefusedError):
        write_top_ten(config, MONTH, "")
    assert (tmp_path / f"support/top-ten/{MONTH}.yaml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_field_is_set_and_nothing_else_moves(tmp_path: Path, newline: str) -> None:
    """A note of a hand-over, and a state, change their line alone: comments, order, quotes and newlines stay."""
    lines = [
        "# agreed on the 3rd",
        "slow:",
        "  words: [ 'slow',  loading ]   # theirs",
        "  state: open  # until the release",
        "  note: ours",
        "",
        "# the next",
        "other:",
        "  words: [other]",
        "",
    ]
    path = tmp_path / f"support/top-ten/{MONTH}.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xef\xbb\xbf" + newline.join(lines).encode())
    config = load_config(tmp_path, None, environment={})
    set_row_field(config, MONTH, "slow", "state", "done")
    set_row_field(config, MONTH, "slow", "handed_over", ["github example/app 2026-11-29"])
    lines[3] = "  state: done  # until the release"
    lines.insert(5, "  handed_over: [github example/app 2026-11-29]")
    assert path.read_bytes() == b"\xef\xbb\xbf" + newline.join(lines).encode()
    assert load_top_ten(config, MONTH).find_row("slow").handed_over == ("github example/app 2026-11-29",)
    with pytest.raises(RefusedError):
        set_row_field(config, MONTH, "nowhere", "state", "done")


def test_a_row_is_found_by_number_id_or_clear_beginning() -> None:
    """A row is called as people call it, and what could be two names neither."""
    found = parse_top_ten(
        "\n".join(f"{name}:\n  words: [x]" for name in ("app-crash", "app-slow", "2fa")), MONTH
    )
    assert [found.find_row(name).id for name in ("2", "2fa", "app-c", "app-slow")] == [
        "app-slow",
        "2fa",
        "app-crash",
        "app-slow",
    ]
    for name in ("app", "7", "zebra"):
        with pytest.raises(KbError, match=name):
            found.find_row(name)


def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    """Damage is an error with path and line, whatever it is; a file that is no text too."""
    config = load_config(tmp_path, None, environment={})
    path = tmp_path / f"support/top-ten/{MONTH}.yaml"
    path.parent.mkdir(parents=True)
    for data, where in (
        (b"a:\n  words: [x\n", ":"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 60_000, ":1"),
        (b"x: " + b"y" * 70_000, "64 kB"),
    ):
        path.write_bytes(data)
        with pytest.raises(KbError) as caught:
            load_top_ten(config, MONTH)
        assert f"{MONTH}.yaml" in caught.value.message
        assert where in caught.value.message + caught.value.hint

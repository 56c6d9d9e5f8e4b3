"""kb --help, kb help, and what Tab offers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kbcli.doors import cli
from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


def test_each_command_stands_in_one_group_with_a_whole_line(
    kb_root: Path, run_kb: RunKb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 80 columns nothing is cut off, and no summary takes 50 characters."""
    grouped = [word for words in cli.GROUPS.values() for word in words]
    assert sorted(grouped) == sorted({"help", *(command.partition(" ")[0] for command in cli.COMMANDS)})
    monkeypatch.setenv("COLUMNS", "80")
    shown = run_kb("--help", cwd=kb_root).out
    for heading, words in cli.GROUPS.items():
        lines = [
            line.split(maxsplit=1)
            for line in shown.partition(f"\n{heading}:\n")[2].split("\n\n")[0].split("\n")
        ]
        assert [word for word, _ in lines] == list(words)
        assert all(len(summary) < 50 and "..." not in summary for _, summary in lines)


def test_help_is_a_command_too(kb_root: Path, run_kb: RunKb) -> None:
    """`kb help` and `kb help COMMAND` say what --help says; of an unknown one, that there is none."""
    assert run_kb("help", cwd=kb_root).out == run_kb("--help", cwd=kb_root).out
    assert run_kb("help", "check", cwd=kb_root).out == run_kb("check", "--help", cwd=kb_root).out
    assert run_kb("help", "nonsense", cwd=kb_root).code == 2


def test_only_where_there_is_no_base_help_says_how_to_start(
    kb_root: Path, tmp_path: Path, run_kb: RunKb
) -> None:
    """Inside a knowledge base nobody is told to make one."""
    assert "kb init`" not in run_kb("--help", cwd=kb_root).out
    assert "Start with `kb init`" in run_kb("--help", cwd=tmp_path).out


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (["show", "too-many"], ["too-many-requests"]),
        (["show", "api/q"], ["api/quotas"]),
        (["show", "qu"], ["quotas"]),
        (["list", "--state", "ex"], ["expired"]),
        (["list", "--sort", "d"], ["due"]),
        (["search", "--format", "j"], ["json"]),
        (["stale", "--by", "o"], ["owner"]),
        (["check", "--base", "ma"], ["main"]),
        (["edit", "quotas", "--status", "ar"], ["archived"]),
        (["new", "x", "--type", "tr"], ["troubleshooting"]),
        (["help", "un"], ["unflag"]),
        (["--kb", ".", "show", "ref"], ["refund"]),
    ],
)
def test_tab_offers_what_can_stand_there(
    line: list[str],
    offered: list[str],
    kb_root: Path,
    run_kb: RunKb,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Endings of IDs, choices, refs of git and commands complete, and not the names of files."""
    monkeypatch.setenv("_KB_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join(["kb", *line]))
    monkeypatch.setenv("COMP_CWORD", str(len(line)))
    with pytest.raises(SystemExit):
        run_kb(cwd=kb_root, today=None)
    assert capsys.readouterr().out.split() == offered

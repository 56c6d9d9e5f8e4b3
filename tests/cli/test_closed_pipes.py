"""A reader that leaves early: `kb list | true`."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commandlines import FORMATS, LOOKS, SHOWN

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


@pytest.mark.parametrize("command", sorted(LOOKS))
def test_a_reader_who_has_left_changes_nothing(
    command: str, kb_root: Path, run_kb: RunKb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a closed pipe every command and every format ends quietly, with the status that it has otherwise."""
    names = {"card": "refund", "word": "refund", "base": "HEAD"}
    line = [argument.format(**names) for argument in LOOKS[command][0]]
    for form in FORMATS.get(command, SHOWN[:1]):
        expected = run_kb(command, *line, "--format", form, cwd=kb_root)
        reading, writing = os.pipe()
        os.close(reading)
        # So small that the first line meets the closed pipe, not the end of the run.
        with os.fdopen(writing, "w", buffering=1) as closed, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", closed)
            done = run_kb(command, *line, "--format", form, cwd=kb_root)
        assert (done.code, done.err) == (expected.code, expected.err), form


def test_help_into_a_closed_pipe_is_fine(
    kb_root: Path, run_kb: RunKb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever leaves before the end of a help has read enough: exit status 0."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        assert run_kb("check", "--help", cwd=kb_root).code == 0

"""A change that kb reports as made is in the file, whoever else writes at the same moment."""

import os
import subprocess
import sys
import threading
import time
from datetime import date

import pytest
from kbprocess import become_kb

from kbcli.config import load_config
from kbcli.errors import ChangedFileError, RefusedError
from kbcli.foundation.disk import files
from kbcli.foundation.disk.files import hold_file, replace_file
from kbcli.knowledge.edit.fields import edit_fields, flag_card, rewrite_card, unflag_card
from kbcli.knowledge.edit.verification import stamp_card
from kbcli.knowledge.index.references import load_card

CARD = "api/too-many-requests.md"
DAY = date(2026, 11, 21)


@pytest.fixture
def config(kb_root):
    """The example knowledge base."""
    return load_config(kb_root, kb_root, {})


@pytest.mark.parametrize("count", [6, pytest.param(16, marks=pytest.mark.stress)])
def test_processes_each_add_a_tag(kb_root, config, count):
    """Sixteen `kb edit --tag` at once all succeed, and all sixteen tags are in the file."""
    pytest.importorskip("fcntl")
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "kbcli", "edit", "too-many-requests", "--tag", f"+t{number}"],
            cwd=kb_root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            preexec_fn=become_kb(("edit", "too-many-requests", "--tag", f"+t{number}")),  # noqa: PLW1509
        )
        for number in range(count)
    ]  # fmt: skip
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * count, errors
    assert {f"t{number}" for number in range(count)} | {"api", "limits"} == set(load_card(config, CARD).tags)
    assert not [name for name in os.listdir(kb_root / "api") if name.startswith(".")]


def test_a_save_by_another_program_is_kept_and_the_field_written(kb_root, config):
    """An editor's save between reading and writing is planned on anew, not lost and not refused."""
    file = kb_root / CARD
    seen = []

    def plan(data):
        seen.append(data)
        if len(seen) == 1:
            file.write_bytes(data + b"\nSaved meanwhile.\n")
        return data + b"\nPlanned.\n"

    rewrite_card(config, CARD, plan)
    assert len(seen) == 2
    assert file.read_bytes().endswith(b"\nSaved meanwhile.\n\nPlanned.\n")


def test_a_file_that_never_rests_is_refused(kb_root, config):
    """After a few tries it says so, and what the other program wrote stands."""
    file = kb_root / CARD

    def plan(data):
        file.write_bytes(data + b"x")
        return data + b"planned"

    with pytest.raises(ChangedFileError):
        rewrite_card(config, CARD, plan)
    assert b"planned" not in file.read_bytes()


def test_what_was_verified_is_still_what_is_stamped(kb_root, config):
    """A text saved after the verifier looked is not stamped."""
    card = load_card(config, CARD)
    (kb_root / CARD).write_bytes((kb_root / CARD).read_bytes() + b"\nAnother sentence.\n")
    with pytest.raises(RefusedError, match="changed while you looked"):
        stamp_card(config, card, DAY, "ada@example.org")


def test_flags_are_judged_by_the_file(config):
    """The second of two flags is refused, and one the verifier did not see is not taken back, nor its card stamped."""
    before = load_card(config, CARD)
    flag_card(config, before, DAY, "ada@example.org", "First.")
    with pytest.raises(RefusedError, match="First"):
        flag_card(config, before, DAY, "bob@example.org", "Second.")
    flagged = load_card(config, CARD)
    unflag_card(config, flagged)
    flag_card(config, before, DAY, "bob@example.org", "Third.")
    with pytest.raises(RefusedError, match="meanwhile"):
        unflag_card(config, flagged)
    with pytest.raises(RefusedError, match="Third"):
        stamp_card(config, flagged, DAY, "ada@example.org", unflag=True)
    assert load_card(config, CARD).flagged.reason == "Third."


def test_a_holder_keeps_others_out_and_itself_in(tmp_path):
    """A thread that holds a file can write it; another waits until it lets go."""
    pytest.importorskip("fcntl")
    file = tmp_path / "card.md"
    file.write_bytes(b"0")
    order = []

    def write():
        replace_file(file, b"2")
        order.append("other")

    other = threading.Thread(target=write)
    with hold_file(file), hold_file(file):
        other.start()
        time.sleep(0.1)
        replace_file(file, b"1", expected=b"0")
        order.append("holder")
    other.join()
    assert order == ["holder", "other"]
    assert file.read_bytes() == b"2"


def test_a_lock_that_is_never_let_go_delays_and_does_not_stop(tmp_path, monkeypatch):
    """A stopped process that holds the lock costs the wait, not the work."""
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(files, "_LOCK_SECONDS", 0.05)
    file = tmp_path / "card.md"
    file.write_bytes(b"0")
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    replace_file(file, b"1", expected=b"0")
    os.close(handle)
    assert file.read_bytes() == b"1"


def test_a_system_without_such_locks_still_writes(kb_root, config, monkeypatch):
    """Without fcntl (Windows) a field is written all the same."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    rewrite_card(config, CARD, lambda data: edit_fields(config, CARD, data, {"owner": "web-team"}))
    assert load_card(config, CARD).owner == "web-team"

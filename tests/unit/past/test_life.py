"""The life of a card from a real git history."""

import subprocess
from datetime import date

import pytest

from kbcli.config import load_config
from kbcli.knowledge.edit.verification import stamp_card
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.past.life import trace_life

DAY = date(2026, 11, 21)
BODY = "The money arrives in five working days.\n\nTell the customer so, and close the ticket.\n"


@pytest.fixture
def config(kb_root):
    """The settings of the example knowledge base."""
    return load_config(kb_root, kb_root, {})


def write(config, header, body=BODY, path="billing/payout.md"):
    """Write the card that these tests follow."""
    (config.root / path).write_text(f"---\ntitle: Payout\n{header}---\n{body}", encoding="utf-8")


def tell(config, ident="payout", today=DAY):
    """Kind, day and detail of each event, oldest first."""
    events = trace_life(config, load_card(config, ident), today).events
    return [(event.kind, event.day and event.day.isoformat(), event.detail) for event in reversed(events)]


def test_a_life_has_all_that_happened(config, kb_root, git_commit):
    """Creation, edits, verifications, a missed due date, flag, interval, archiving: each with its day, in order."""
    write(config, "")
    git_commit(kb_root, "Add", "2026-01-01")
    write(config, "verified: 2026-01-10\nverify_every: 30d\n")
    git_commit(kb_root, "Verify", "2026-01-10")
    write(config, "verified: 2026-01-10\nverify_every: 30d\n", BODY.replace("five", "six"))
    git_commit(kb_root, "Mend", "2026-03-01")
    write(
        config,
        "verified: 2026-01-10\nverify_every: 90d\nflagged: {by: bo, reason: wrong}\n",
        BODY.replace("five", "six"),
    )
    git_commit(kb_root, "Flag", "2026-03-02")
    write(config, "verified: 2026-03-03\nverify_every: 90d\n", BODY.replace("five", "six"))
    git_commit(kb_root, "Verify", "2026-03-03")
    write(
        config,
        "verified: 2026-03-03\nverify_every: 90d\nstatus: archived\ntags: [x]\n",
        BODY.replace("five", "six"),
    )
    git_commit(kb_root, "Archive", "2026-03-04")
    assert tell(config) == [
        ("created", "2026-01-01", ""),
        ("interval", "2026-01-10", "none → 30d"),
        ("verified", "2026-01-10", ""),
        ("expired", "2026-02-09", "verified 2026-01-10"),
        ("edited", "2026-03-01", ""),
        ("interval", "2026-03-02", "30d → 90d"),
        ("flagged", "2026-03-02", "wrong"),
        ("unflagged", "2026-03-03", "wrong"),
        ("verified", "2026-03-03", ""),
        ("fields", "2026-03-04", "tags"),
        ("archived", "2026-03-04", "was active"),
    ]


def test_how_much_changed_is_counted(config, kb_root, git_commit):
    """An edit counts its words; a verification those since the one before, or says that the text is unchanged."""
    write(config, "verified: 2026-01-01\n")
    git_commit(kb_root, "Add", "2026-01-01")
    write(config, "verified: 2026-02-01\n")
    git_commit(kb_root, "Rubber stamp", "2026-02-01")
    for day, text in (("2026-02-10", "six"), ("2026-02-11", "seven or eight")):
        write(config, "verified: 2026-02-01\n", BODY.replace("five", text))
        git_commit(kb_root, "Mend", day)
    write(config, "verified: 2026-03-01\n", BODY.replace("five", "seven or eight"))
    git_commit(kb_root, "Verify", "2026-03-01")
    events = trace_life(config, load_card(config, "payout"), DAY).events
    verified = [event for event in reversed(events) if event.kind == "verified"]
    assert [(event.first, event.unchanged, event.change) for event in verified] == [
        (True, False, None), (False, True, None), (False, False, (3, 1)),
    ]  # fmt: skip
    assert [event.change for event in reversed(events) if event.kind == "edited"] == [(1, 1), (3, 1)]


def test_tags_and_layout_are_no_edit_of_the_text(config, kb_root, git_commit):
    """A reflowed paragraph and a tag are told apart from a changed text."""
    write(config, "")
    git_commit(kb_root, "Add", "2026-01-01")
    write(config, "tags: [x]\nmood: good\n", BODY.replace("five working", "five\nworking"))
    git_commit(kb_root, "Tidy", "2026-01-02")
    assert tell(config)[1:] == [("fields", "2026-01-02", "tags, mood, layout")]


def test_moves_are_followed_also_before_they_are_committed(config, kb_root, git_commit):
    """Old and new ID of a move are told, and a former ID leads on where the last move is not committed."""
    write(config, "")
    git_commit(kb_root, "Add", "2026-01-01")
    subprocess.run(["git", "mv", "billing/payout.md", "api/payout.md"], cwd=kb_root, check=True)
    git_commit(kb_root, "Move", "2026-01-02")
    assert tell(config)[-1] == ("moved", "2026-01-02", "billing/payout → api/payout")
    (kb_root / "api/payout.md").unlink()
    write(config, "former_ids: [api/payout]\n")
    assert [event[:2] for event in tell(config)] == [
        ("created", "2026-01-01"), ("moved", "2026-01-02"), ("moved", None), ("fields", None),
    ]  # fmt: skip


def test_what_is_not_committed_appears_as_such(config, kb_root, git_commit):
    """A change in the working tree has no day; a file git does not have is created so."""
    write(config, "")
    git_commit(kb_root, "Add", "2026-01-01")
    stamp_card(config, load_card(config, "payout"), DAY, "bo@example.org")
    life = trace_life(config, load_card(config, "payout"), DAY)
    assert [(event.kind, event.day, event.who) for event in life.events[:1]] == [
        ("verified", None, "bo@example.org")
    ]
    write(config, "", path="billing/fresh.md")
    life = trace_life(config, load_card(config, "fresh"), DAY)
    assert [(event.kind, event.day) for event in life.events] == [("created", None)]
    assert "does not have this file" in life.notes[0]


def test_a_stamp_on_the_same_day_is_a_verification_and_a_pin_is_not(config, kb_root, git_commit):
    """Verifying again on one day counts; adding a digest to a date does not."""
    write(config, "verified: 2026-01-01\n")
    git_commit(kb_root, "Add", "2026-01-01")
    digest = load_card(config, "payout").digest
    write(config, f"verified: 2026-01-01\nverified_digest: {digest}\n")
    git_commit(kb_root, "Pin", "2026-01-02")
    changed = BODY.replace("five", "six")
    write(config, f"verified: 2026-01-01\nverified_digest: {digest}\n", changed)
    git_commit(kb_root, "Mend", "2026-01-03")
    now = load_card(config, "payout").digest
    write(config, f"verified: 2026-01-01\nverified_digest: {now}\n", changed)
    git_commit(kb_root, "Verify", "2026-01-03")
    assert [kind for kind, *_ in tell(config)] == ["created", "verified", "pinned", "edited", "verified"]


def test_a_carried_digest_is_no_verification_unless_somebody_signed(config, kb_root, git_commit):
    """Text and digest changed in one commit on the day of the date: a Verified-by trailer tells a verification."""
    write(config, "")
    for number, (message, kind) in enumerate(
        (("Repair links", "pinned"), ("x\n\nVerified-by: bo", "verified"))
    ):
        path, day = kb_root / "billing/payout.md", f"2026-01-0{number * 2 + 1}"
        for text, said in ((f"a{number}", "Stamp\n\nVerified-by: bo"), (f"b{number}", message)):
            write(config, "", BODY + text)
            stamp_card(config, load_card(config, "payout"), date(2026, 1, 1), "bo")
            git_commit(kb_root, said, day)
        assert tell(config, today=date(2026, 1, 9))[-1][0] == kind
        assert path.exists()


def test_a_merge_repeats_nothing(config, kb_root, git_commit):
    """What a branch did is told once, by its own commit."""
    write(config, "")
    git_commit(kb_root, "Add", "2026-01-01")
    subprocess.run(["git", "switch", "-qc", "work"], cwd=kb_root, check=True)
    write(config, "verified: 2026-01-02\n", BODY.replace("five", "six"))
    git_commit(kb_root, "Work", "2026-01-02")
    subprocess.run(["git", "switch", "-q", "main"], cwd=kb_root, check=True)
    write(config, "", BODY.replace("ticket", "case"))
    git_commit(kb_root, "Meanwhile", "2026-01-03")
    subprocess.run(["git", "merge", "-q", "-m", "Merge", "work"], cwd=kb_root, check=True)
    kinds = [kind for kind, *_ in tell(config)]
    assert sorted(kinds) == ["created", "edited", "edited", "merged", "verified"]


def test_a_merge_of_two_verifications_is_none(config, kb_root, git_commit):
    """When a merge takes the later of two dates, nobody verified by merging."""
    write(config, "verified: 2026-01-01\n")
    git_commit(kb_root, "Add", "2026-01-01")
    subprocess.run(["git", "switch", "-qc", "work"], cwd=kb_root, check=True)
    write(config, "verified: 2026-01-05\n")
    git_commit(kb_root, "Work", "2026-01-05")
    subprocess.run(["git", "switch", "-q", "main"], cwd=kb_root, check=True)
    write(config, "verified: 2026-01-06\n", BODY.replace("ticket", "case"))
    git_commit(kb_root, "Meanwhile", "2026-01-06")
    subprocess.run(["git", "merge", "-q", "-X", "ours", "-m", "Merge", "work"], cwd=kb_root, check=True)
    assert [kind for kind, *_ in tell(config)].count("verified") == 3


def test_what_a_shallow_clone_hides_is_said(config, kb_root, git_commit, tmp_path):
    """Where history is cut off the first event says so, nothing is called created, and a note gives the way out."""
    write(config, "verified: 2026-01-01\n")
    git_commit(kb_root, "Add", "2026-01-01")
    write(config, "verified: 2026-02-01\n", BODY.replace("five", "six"))
    git_commit(kb_root, "Verify", "2026-02-01")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "2", f"file://{kb_root}", str(tmp_path / "shallow")], check=True
    )
    shallow = load_config(tmp_path / "shallow", tmp_path / "shallow", {})
    life = trace_life(shallow, load_card(shallow, "payout"), DAY)
    assert [event.kind for event in life.events] == ["verified", "edited", "hidden"]
    assert (life.events[0].first, life.events[0].change, life.events[0].unchanged) == (False, None, False)
    assert "--unshallow" in life.notes[0]


def test_each_line_that_a_shallow_clone_cuts_off_is_hidden(config, kb_root, git_commit, tmp_path):
    """Where a merge is the newest commit, history ends on both its sides, and neither created or verified anything."""

    def run(*words):
        subprocess.run(["git", *words], cwd=kb_root, check=True)

    write(config, "verified: 2026-01-01\n")
    git_commit(kb_root, "Add", "2026-01-01")
    run("switch", "-qc", "side")
    write(config, "verified: 2026-02-01\n", BODY.replace("five", "six"))
    git_commit(kb_root, "Verify", "2026-02-01")
    run("switch", "-q", "-")
    git_commit(kb_root, "Meanwhile", "2026-02-02")
    run("merge", "-q", "--no-ff", "-m", "Merge", "side")
    run("clone", "-q", "--depth", "2", f"file://{kb_root}", str(tmp_path / "shallow"))
    shallow = load_config(tmp_path / "shallow", tmp_path / "shallow", {})
    life = trace_life(shallow, load_card(shallow, "payout"), DAY)
    assert {event.kind for event in life.events} == {"hidden"}


def test_a_merge_that_took_one_side_leaves_nothing_uncommitted(config, kb_root, git_commit):
    """What is not committed is told against HEAD, not against the version with the newest date."""

    def run(*words):
        subprocess.run(["git", *words], cwd=kb_root, check=True)

    write(config, "")
    git_commit(kb_root, "Add", "2026-01-01")
    run("switch", "-qc", "side")
    write(config, "", BODY.replace("five", "seven"))
    git_commit(kb_root, "Theirs", "2026-02-02")
    run("switch", "-q", "-")
    write(config, "", BODY.replace("five", "six"))
    git_commit(kb_root, "Ours", "2026-02-01")
    run("merge", "-q", "-s", "ours", "-m", "Merge", "side")
    events = trace_life(config, load_card(config, "payout"), DAY).events
    assert [event.commit.subject for event in events] == ["Theirs", "Ours", "Add"]


def test_without_git_there_is_a_reason(config, kb_root, monkeypatch, tmp_path):
    """Without the git program nothing is claimed but the due date, and the note says why."""
    card = load_card(config, "quotas")
    monkeypatch.setenv("PATH", str(tmp_path))
    life = trace_life(config, card, DAY)
    assert [event.kind for event in life.events] == ["expired"]
    assert "git cannot be run" in life.notes[0]


def test_a_text_that_git_never_had_is_not_called_unchanged(config, kb_root, git_commit):
    """A verification is compared with the text that was verified, not with one that was edited after it and committed together."""
    write(config, "")
    git_commit(kb_root, "Add", "2026-01-01")
    write(config, "verified: 2026-01-02\nverified_digest: v1:0123456789abcdef\n", BODY.replace("five", "six"))
    git_commit(kb_root, "Verify, then edit", "2026-01-03")
    digest = load_card(config, "payout").digest
    write(config, f"verified: 2026-01-04\nverified_digest: {digest}\n", BODY.replace("five", "six"))
    git_commit(kb_root, "Verify", "2026-01-04")
    last = trace_life(config, load_card(config, "payout"), DAY).events[0]
    assert (last.kind, last.unchanged) == ("verified", False)
    assert "git does not have the text" in last.detail

"""Promises of `kb show`."""

import json
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., object]


def test_shows_trust_before_the_text(kb_root: Path, run_kb: Run) -> None:
    """The banner with the trust state stands above the rendered card."""
    done = run_kb("show", "too-many-requests", "--format", "table", cwd=kb_root)
    assert done.code == 0
    assert done.out.index("verified 20 days ago by api-lead") < done.out.index("The customer sent")


def test_raw_is_the_file_byte_for_byte(kb_root: Path, run_kb: Run) -> None:
    """--raw in a pipe is the file."""
    done = run_kb("show", "api/quotas", "--raw", cwd=kb_root)
    assert done.out == (kb_root / "api/quotas.md").read_text()


def test_path_is_the_file(kb_root: Path, run_kb: Run) -> None:
    """--path names the file and nothing else."""
    assert run_kb("show", "quotas", "--path", cwd=kb_root).out == f"{(kb_root / 'api/quotas.md').resolve()}\n"


def test_an_ambiguous_name_gets_its_candidates(kb_root: Path, run_kb: Run) -> None:
    """An ending that two cards have is exit 3, with both named."""
    (kb_root / "billing/quotas.md").write_text("---\ntitle: Billing quotas\n---\n\nText.\n")
    done = run_kb("show", "quotas", cwd=kb_root)
    assert done.code == 3
    assert "api/quotas" in done.err
    assert "billing/quotas" in done.err


def test_the_source_is_preferred_to_its_translations(kb_root: Path, run_kb: Run) -> None:
    """An ending that a card shares only with its translations means the card."""
    (kb_root / "de/api").mkdir(parents=True)
    (kb_root / "de/api/quotas.md").write_text(
        "---\ntitle: Kontingente\nlang: de\ntranslation_of: api/quotas\n---\n\nText.\n"
    )
    assert run_kb("show", "quotas", "--path", cwd=kb_root).out.endswith("kb/api/quotas.md\n")


def test_a_former_id_still_leads_to_the_card(kb_root: Path, run_kb: Run) -> None:
    """An ID that a card once had finds it."""
    text = (kb_root / "api/quotas.md").read_text().replace("type:", "former_ids: [old/limits]\ntype:", 1)
    (kb_root / "api/quotas.md").write_text(text)
    assert run_kb("show", "old/limits", "--path", cwd=kb_root).out.endswith("api/quotas.md\n")


def test_json_holds_card_and_body(kb_root: Path, run_kb: Run) -> None:
    """JSON has the documented card keys and the body."""
    data = json.loads(run_kb("show", "refund", "--format", "json", cwd=kb_root).out)["data"]
    assert data["card"]["state"] == "unverified"
    assert data["body"].startswith("Open the payment")
    assert set(data["card"]) == {
        "id", "path", "title", "type", "status", "owner", "tags", "lang", "state", "reasons",
        "verified", "verified_by", "due", "days_left", "basis",
    }  # fmt: skip


def test_a_changed_text_shows_without_a_digest(
    kb_root: Path, run_kb: Run, git_commit: Callable[..., str]
) -> None:
    """Of one card git history is always asked: a change after its date shows, and the basis is said."""
    path = kb_root / "api/too-many-requests.md"
    path.write_text(path.read_text().replace("more requests", "too many requests"))
    git_commit(kb_root, "Change", "2026-11-05")
    card = json.loads(run_kb("show", "too-many-requests", "--format", "json", cwd=kb_root).out)["data"][
        "card"
    ]
    assert (card["state"], card["basis"]) == ("changed", "history")


def test_a_past_day_is_said_above_the_card(
    kb_root: Path, run_kb: Run, git_commit: Callable[..., str]
) -> None:
    """--as-of shows text and trust of that day, and every format says that it is the past."""
    path = kb_root / "api/too-many-requests.md"
    before = path.read_text()
    path.write_text(before.replace("more requests", "too many requests"))
    git_commit(kb_root, "Change", "2026-11-05")
    table = run_kb("show", "too-many-requests", "--as-of", "2026-11-04", "--format", "table", cwd=kb_root).out
    assert table.index("This is the past") < table.index("verified 3 days ago") < table.index("more requests")
    plain = run_kb("show", "too-many-requests", "--as-of", "2026-11-04", cwd=kb_root).out
    assert plain.startswith("> This is the past: api/too-many-requests on 2026-11-04")
    raw = run_kb("show", "too-many-requests", "--as-of", "2026-11-04", "--raw", cwd=kb_root)
    assert raw.out == before
    assert "This is the past" in raw.err
    data = json.loads(
        run_kb("show", "too-many-requests", "--as-of", "2026-11-04", "--format", "json", cwd=kb_root).out
    )["data"]
    assert (data["card"]["state"], data["as_of"]["day"], data["as_of"]["state_today"]) == (
        "verified",
        "2026-11-04",
        "changed",
    )


def test_a_day_that_cannot_be_shown_is_refused(kb_root: Path, run_kb: Run) -> None:
    """Before the card, in the future, or no day at all: a message and a next step."""
    early = run_kb("show", "quotas", "--as-of", "2026-10-01", cwd=kb_root)
    assert (early.code, "created on 2026-11-01" in early.err) == (3, True)
    assert run_kb("show", "quotas", "--as-of", "2027-01-01", cwd=kb_root).code == 2
    assert run_kb("show", "quotas", "--as-of", "spring", cwd=kb_root).code == 2


def test_a_former_id_beats_the_translations(kb_root: Path, run_kb: Run) -> None:
    """After a move the old ID still means the card, though its translations are called alike."""
    for lang in ("de", "it"):
        (kb_root / lang / "api").mkdir(parents=True)
        text = f"---\ntitle: Quotas in {lang}\nlang: {lang}\ntranslation_of: api/quotas\n---\n\nText.\n"
        (kb_root / lang / "api/quotas.md").write_text(text)
    assert run_kb("mv", "api/quotas", "limits/plan", cwd=kb_root).code == 0
    for name in ("api/quotas", "quotas"):
        assert run_kb("show", name, "--path", cwd=kb_root).out.endswith("kb/limits/plan.md\n")


def test_a_pipe_is_told_when_a_card_is_not_trusted(kb_root: Path, run_kb: Run) -> None:
    """The Markdown alone goes into the pipe, and stderr says that the card is expired."""
    done = run_kb("show", "api/quotas", cwd=kb_root)
    assert "expired" not in done.out
    assert "api/quotas is expired" in done.err
    assert "is verified" not in run_kb("show", "too-many-requests", cwd=kb_root).err

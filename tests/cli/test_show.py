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
    (kb_root / "de/api/quotas.md").write_text("---\ntitle: Kontingente\nlang: de\ntranslation_of: api/quotas\n---\n\nText.\n")
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

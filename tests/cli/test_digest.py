"""kb digest: what each owner has to look at, in a form that others send."""

import json
from collections.abc import Callable
from email import message_from_string
from email.policy import default
from pathlib import Path

from conftest import Outcome

Run = Callable[..., Outcome]

HOSTILE = "<!channel> <@U1> *x* @all --=-kb-digest-=\u202e"


def write_cards(root: Path, owner: str, count: int) -> None:
    """Cards that nobody has verified."""
    for number in range(count):
        (root / f"{owner}{number}.md").write_text(
            f"---\ntitle: '{HOSTILE} {number}'\nowner: '{owner}'\n---\nText {number}.\n"
        )


def test_each_owner_is_told_what_is_stale_and_falls_due(kb_root: Path, run_kb: Run) -> None:
    """Owners have their own cards, those that fall due in two weeks too, and a filter leaves the others out."""
    lines = [line.split("\t") for line in run_kb("digest", "--format", "plain", cwd=kb_root).out.splitlines()]
    assert [line[:3] for line in lines] == [
        ["api-team", "api/quotas", "expired"],
        ["billing-team", "billing/refund", "unverified"],
    ]
    assert "api/too-many-requests" in run_kb("digest", "--within", "90d", cwd=kb_root).out
    assert "api/" not in run_kb("digest", "--owner", "billing-team", cwd=kb_root).out


def test_gaps_are_told_to_all_and_to_no_single_owner(kb_root: Path, run_kb: Run) -> None:
    """A question with a ticket is in the digest of everybody only."""
    assert run_kb("link", "zendesk:7", "--none", "dark mode at night", cwd=kb_root).code == 0
    assert "\tgap\t\t1 ticket\tdark mode at night\n" in run_kb("digest", "--format", "plain", cwd=kb_root).out
    assert "dark mode" not in run_kb("digest", "--owner", "api-team", cwd=kb_root).out


def test_a_mail_is_a_draft_to_the_people_of_the_owner(kb_root: Path, run_kb: Run) -> None:
    """It reads back as text and HTML, to the addresses of the group, and the same cards make the same bytes."""
    write_cards(kb_root, "api-team", 1)
    written = run_kb("digest", "--owner", "api-team", "--format", "eml", cwd=kb_root).out
    message = message_from_string(written, policy=default)
    assert [str(one) for one in message["To"].addresses] == ["api-lead@example.org"]
    assert message["X-Unsent"] == "1"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    text = message.get_body(("plain",)).get_content()
    assert "<!channel>" in text
    assert "\u202e" not in text
    assert "&lt;!channel&gt;" in message.get_body(("html",)).get_content()
    assert run_kb("digest", "--owner", "api-team", "--format", "eml", cwd=kb_root).out == written


def test_an_owner_that_is_no_address_gets_no_header(kb_root: Path, run_kb: Run) -> None:
    """What only looks like an address neither fails nor adds a header."""
    (kb_root / "x.md").write_text('---\ntitle: X\nowner: "a@b\\r\\nBcc: c@d"\n---\nText.\n')
    outcome = run_kb("digest", "--owner", "a@b\r\nBcc: c@d", "--format", "eml", cwd=kb_root)
    message = message_from_string(outcome.out, policy=default)
    assert outcome.code == 0
    assert message["Bcc"] is None


def test_slack_takes_it_whatever_there_is(kb_root: Path, run_kb: Run) -> None:
    """Within the limits of Slack, and in plain text, so that no title mentions anybody."""
    for number in range(60):
        write_cards(kb_root, f"team{number}-", 1)
    write_cards(kb_root, "api-team", 30)
    payload = json.loads(run_kb("digest", "--format", "slack", cwd=kb_root).out)
    blocks = payload["blocks"]
    assert len(blocks) == 50
    assert "more: kb digest" in blocks[-1]["text"]["text"]
    assert {block["text"]["type"] for block in blocks} == {"plain_text"}
    assert all(0 < len(block["text"]["text"]) <= 3_000 for block in blocks)
    assert "<" not in payload["text"]


def test_an_issue_can_hold_it(kb_root: Path, run_kb: Run) -> None:
    """However many owners there are, it is no longer than GitHub allows, and says how many are left out."""
    for number in range(600):
        write_cards(kb_root, f"team{number}-", 1)
    text = run_kb("digest", "--format", "markdown", cwd=kb_root).out
    assert len(text) < 65_536
    assert "groups more: `kb digest`" in text
    assert "@all" not in text

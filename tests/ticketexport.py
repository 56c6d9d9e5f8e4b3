"""Exports of a help desk for tests: Zendesk's shape, invented people."""

import json
from pathlib import Path
from typing import Any


def make_ticket(number: int, question: str, answer: str = "", **changes: Any) -> dict[str, Any]:
    """A closed ticket of customer 501 (unless `requester_id` says otherwise), as Zendesk exports it."""
    moment = changes.pop("updated_at", "2026-03-06T10:00:01Z")
    asker = changes.get("requester_id", 501)
    comments = [{"id": 1, "author_id": asker, "plain_body": question, "public": True, "created_at": moment}]
    if answer:
        comments.append(
            {"id": 2, "author_id": 9001, "plain_body": answer, "public": True, "created_at": moment}
        )
    return {
        "id": number,
        "created_at": "2026-03-04T09:12:55Z",
        "updated_at": moment,
        "subject": changes.pop("subject", question[:40]),
        "raw_subject": "{{dc.subject}}",
        "description": question,
        "status": "closed",
        "requester_id": asker,
        "submitter_id": asker,
        "assignee_id": 9001,
        "organization_id": 77,
        "tags": ["api"],
        "comments": comments,
        **changes,
    }


def write_export(path: Path, *records: object) -> Path:
    """A file of these records, a line each; a text stands as it is."""
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path

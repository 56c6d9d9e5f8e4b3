"""Recognising other schemas by names and values."""

from collections.abc import Sequence
from datetime import date

import pytest

from kbcli.knowledge.cards.header.document import Fields, Value
from kbcli.knowledge.cards.reader import is_language_code
from kbcli.knowledge.edit.schemas import (
    Schema,
    count_keys,
    detect_schema,
    find_translation_folders,
    to_snake_case,
)

TODAY = date(2026, 11, 21)


def detect(headers: Sequence[dict[str, Value]]) -> Schema:
    """The schema of files with these front matters."""
    return detect_schema(count_keys(Fields(header, {}) for header in headers), TODAY)


def test_dates_with_a_review_interval_are_recognised() -> None:
    """The schema of UK government documentation maps, with the channel as the owner."""
    header: dict[str, Value] = {
        "title": "A", "last_reviewed_on": "2026-04-22", "review_in": "6 months", "owner_slack": "#frontend", "weight": "2",
    }  # fmt: skip
    assert detect([header] * 3).fields == {
        "verified": "last_reviewed_on", "verify_every": "review_in", "owner": "owner_slack",
    }  # fmt: skip


def test_a_number_of_days_takes_its_unit_from_the_name() -> None:
    """Giant Swarm's schema maps: a date, days as a bare number, owners as a list."""
    header: dict[str, Value] = {
        "title": "A", "last_review_date": "2026-01-01", "expiration_in_days": "365", "owner": ["https://example.org/team"],
    }  # fmt: skip
    assert detect([header]).fields == {"verified": "last_review_date", "verify_every": "expiration_in_days"}


def test_a_due_date_is_recognised_beside_a_review_date() -> None:
    """`reviewed` and `expires` are verified and due; published means active."""
    schema = detect(
        [{"reviewed": "2026-01-01", "expires": "2027-01-01", "status": "published", "created": "2020-01-01"}]
        * 2
    )
    assert schema.fields == {"verified": "reviewed", "due": "expires"}
    assert schema.values == {"status": {"published": "active"}}


@pytest.mark.parametrize(
    ("dates", "style"),
    [(["07/04/2026", "12/31/2025"], "us"), (["07/04/2026", "31/12/2025"], "eu"), (["2026-04-07"], "iso")],
)
def test_a_day_past_the_twelfth_decides_the_date_style(dates: list[str], style: str) -> None:
    """Dates with slashes are read month or day first by the evidence among them."""
    schema = detect([{"ms.date": text, "ms.author": "ada"} for text in dates])
    assert schema.date_style == style
    assert schema.fields == {"verified": "ms.date", "owner": "ms.author"}


def test_dates_that_contradict_each_other_or_tell_nothing_are_said() -> None:
    """Both orders at once, and no evidence at all, are notes for the person who decides."""
    both = detect([{"last_reviewed": "31/12/2025"}, {"last_reviewed": "12/31/2025"}])
    assert both.date_style == "iso"
    assert "cannot read both" in both.notes[0]
    neither = detect([{"last_reviewed": "07/04/2026"}])
    assert neither.date_style == "us"
    assert "July or April" in neither.notes[0]


def test_kbs_own_schema_maps_nothing() -> None:
    """Fields under kb's own names need no mapping."""
    schema = detect(
        [{"title": "A", "verified": "2026-01-01", "verify_every": "90d", "owner": "ada", "status": "active"}]
    )
    assert (schema.fields, schema.values, schema.notes) == ({}, {}, ())


def test_a_date_of_change_is_not_taken_for_a_verification() -> None:
    """`lastmod` says when a text changed; it is left alone, and that is said."""
    schema = detect([{"title": "A", "lastmod": "2026-01-01", "date": "2020-01-01"}])
    assert schema.fields == {}
    assert len(schema.notes) == 2


def test_a_name_alone_is_no_evidence() -> None:
    """A field that is called like a date or an interval but holds neither is not mapped."""
    schema = detect([{"reviewed": "yes", "review_in": "the spring", "expires": "never mind"}] * 3)
    assert not {"verified", "verify_every", "due"} & set(schema.fields)


def test_a_field_with_another_meaning_is_kept_away_from_kb() -> None:
    """Hugo's aliases are addresses, a numeric status is no status: kb's own fields get other names."""
    schema = detect([{"aliases": ["/old/page/"], "status": "200", "audience": "developers"}] * 2)
    assert schema.fields == {"aliases": "kb_aliases", "status": "kb_status", "audience": "kb_audience"}
    assert len(schema.notes) == 3


def test_hugo_drafts_become_drafts() -> None:
    """`draft: true` is read as the status."""
    schema = detect([{"draft": "true"}, {"draft": "false"}])
    assert schema.fields == {"status": "draft"}
    assert schema.values == {"status": {"true": "draft", "false": "active"}}


def test_status_words_in_every_spelling_are_mapped_and_guesses_are_said() -> None:
    """Known words map by meaning, a frequent unknown one is taken for active and named."""
    words = [
        "Completed",
        "Completed",
        "completed",
        "completed",
        "Deprecated",
        "Feedback Appreciated",
        "Feedback Appreciated",
        "typo",
    ]
    schema = detect([{"status": word} for word in words])
    assert schema.values["status"] == {
        "Completed": "active", "completed": "active", "Deprecated": "archived", "Feedback Appreciated": "active",
    }  # fmt: skip
    assert "Feedback Appreciated" in schema.notes[0]


def test_types_that_kb_does_not_have_are_added() -> None:
    """A few words of `type` become types of kb.toml; one for every file is no type at all."""
    assert detect([{"type": "faq"}, {"type": "how-to"}, {"type": "docs"}]).types == ("docs", "faq")
    many = detect([{"type": f"t{number}"} for number in range(40)])
    assert many.types == ()
    assert many.fields == {"type": "kb_type"}
    lists = detect([{"type": ["[[Authors]]"]}, {"type": ["[[People]]"]}])
    assert (lists.types, lists.fields) == ((), {"type": "kb_type"})


def test_the_surer_name_wins_unless_it_is_rare() -> None:
    """Of two review dates the clearer name counts, but not when hardly any file has it."""
    both: list[dict[str, Value]] = [{"ms.date": "2026-01-01", "last_reviewed": "2026-01-01"}] * 4
    assert detect(both).fields["verified"] == "last_reviewed"
    rare: list[dict[str, Value]] = [{"ms.date": "2026-01-01"}] * 40
    assert detect([*rare, {"last_reviewed": "2026-01-01"}]).fields["verified"] == "ms.date"


def test_a_review_date_in_the_future_is_a_due_date() -> None:
    """`review_date` means the last review or the next one; the days tell which."""
    assert detect([{"review_date": "2027-05-01"}]).fields == {"due": "review_date"}
    assert detect([{"review_date": "2025-05-01"}]).fields == {"verified": "review_date"}


def test_names_are_compared_in_snake_case() -> None:
    """Camel case, hyphens, dots and spaces make no difference."""
    names = ("lastReviewedOn", "last-reviewed-on", "Last Reviewed On", "last.reviewed.on")
    assert {to_snake_case(name) for name in names} == {"last_reviewed_on"}


def test_language_folders_with_the_same_names_are_translations() -> None:
    """The pattern, the source and the numbers of cards are found, region tags included."""
    ids = ["en/pod", "en/node", "en/only-english", "de/pod", "de/node", "zh-cn/pod", "zh-cn/node"]
    found = find_translation_folders(ids)
    assert found is not None
    assert (found.pattern, found.source, found.translations) == ("{lang}/{path}", "en", 4)


def test_language_folders_may_lie_deep() -> None:
    """What stands before the language goes into the pattern; of two places the larger one counts."""
    ids = [f"docs/{lang}/guide/{name}" for lang in ("en", "fr") for name in ("a", "b", "c")]
    found = find_translation_folders([*ids, "blog/en/a", "blog/it/a"])
    assert found is not None
    assert found.pattern == "docs/{lang}/{path}"


def test_folders_that_only_look_like_languages_are_left_alone() -> None:
    """hr, it and id can be departments: without common names they are no translations."""
    assert find_translation_folders(["hr/leave", "hr/pay", "it/laptop", "it/vpn", "id/badge"]) is None
    assert find_translation_folders(["hr/index", "hr/pay", "it/index", "it/vpn"]) is None
    assert find_translation_folders(["api/index", "web/index"]) is None


def test_the_source_need_not_be_english() -> None:
    """Where English is the poorer copy, the language that the others share most is the source."""
    names = [f"n{number}" for number in range(10)]
    ids = [f"de/{name}" for name in names] + [f"it/{name}" for name in names] + ["en/n1", "en/n2"]
    found = find_translation_folders(ids)
    assert found is not None
    assert found.source == "de"


def test_language_codes_are_those_that_exist() -> None:
    """Tags with script and region count; words of the same length do not."""
    assert all(map(is_language_code, ("en", "zh-cn", "zh_TW", "pt-BR", "zh-Hans", "es-419", "fil")))
    assert not any(map(is_language_code, ("api", "cpp", "xx", "docs", "en-", "english", "")))

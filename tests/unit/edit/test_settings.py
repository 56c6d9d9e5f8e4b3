"""The kb.toml that kb writes."""

import re
import tomllib
from pathlib import Path

import pytest

from kbcli.config import parse_config
from kbcli.kbtoml import DEFAULT_FIELDS, MAPPABLE_FIELDS, SETTINGS, VALUE_FIELDS
from kbcli.knowledge.edit.settings import compose_settings, format_key, format_value
from kbcli.operations.rules import RULES


def uncomment(text: str) -> str:
    """The file with every option set: the sign goes where no space follows it."""
    return re.sub(r"(?m)^#(?! )", "", text)


def test_a_file_without_settings_sets_nothing() -> None:
    """A kb.toml in which nothing was set reads as the defaults do."""
    text = compose_settings({}, RULES)
    assert tomllib.loads(text) == {}
    assert parse_config(text, Path())._replace(source="") == parse_config("", Path())


def test_every_option_uncommented_is_a_valid_file_that_kb_knows_all_of() -> None:
    """Deleting every comment sign of an option gives a file that parses without a warning."""
    config = parse_config(uncomment(compose_settings({}, RULES)), Path())
    assert config.warnings == ()
    assert set(config.fields) == set(MAPPABLE_FIELDS)
    assert set(config.values) == set(VALUE_FIELDS)
    assert set(config.rules) == {rule.id for rule in RULES}
    assert [set(entry.values) for entry in config.defaults] == [set(DEFAULT_FIELDS)]
    assert config.owner_rules
    assert config.groups
    assert config.people


def test_every_option_that_kb_reads_is_explained() -> None:
    """Every setting in the table of what kb.toml may hold stands in the file, so no option can be forgotten."""
    data = tomllib.loads(uncomment(compose_settings({}, RULES)))
    for section, (_, readers) in SETTINGS.items():
        shown = data[section] if section else data
        assert set(readers) <= set(shown), section
    assert set(DEFAULT_FIELDS) | {"paths", "rules"} == set(data["defaults"][0])


def test_what_is_set_reads_back() -> None:
    """Settings come out of the file as they went in, nested and with awkward keys and values."""
    given = {
        "title": 'Quote " and \\ and \x7f and é',
        "include": ["source/**/*.html.md.erb"],
        "fields": {"verified": "last_reviewed_on", "owner": "ms.author"},
        "values": {"status": {"Feedback Appreciated": "active", "완료": "archived"}},
        "translations": {"pattern": "{lang}/{path}", "source": "en"},
        "groups": {"api-team": ["a@example.org"], "the web team": []},
        "defaults": [{"paths": ["a/**"], "owner": "x"}, {"paths": ["b/**"], "tags": ["y"]}],
        "search": {"trust_ranking": False},
        "style": {"public": True, "words": {"en": {"kindly": "please"}, "pt-BR": {"infelizmente": ""}}},
    }
    assert tomllib.loads(compose_settings(given)) == given


@pytest.mark.parametrize("text", ["a.b", "", "ü", 'q"', "line\nbreak", "\ud800"])
def test_any_text_is_a_valid_key_and_value(text: str) -> None:
    """No text from somebody's front matter can break out of its quotes."""
    data = tomllib.loads(f"{format_key(text)} = {format_value(text)}")
    assert list(data.items()) == [(text.replace("\ud800", "�"),) * 2]

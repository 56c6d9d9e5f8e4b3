"""Every setting of kb.toml either says how cards are read, and is known to each index, or changes nothing of what is in one."""

import json
from pathlib import Path

import pytest

from kbcli.config import Config, parse_config
from kbcli.kbtoml import CARD_SETTINGS, SETTINGS
from kbcli.knowledge.cards.library import HeldLibrary
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.cards.walk import list_card_paths
from kbcli.knowledge.index.documents import IndexDocument, read_document, read_file
from kbcli.knowledge.index.schema import make_schema
from kbcli.knowledge.index.sync import open_local_index

CARDS = {
    "de/a.md": "---\ntitle: A\ntype: memo\nstatus: live\nverified: 3/4/2026\ntopic: x\n---\n[b](../en/a.md) [[wiki]] ada@example.org\n",
    "en/a.md": "---\ntitle: B\nverified: 2026-11-01\nowner: team\nflagged: {by: ada, on: 2026-11-01, reason: x}\ntags: [one]\n---\nkindly quit\n",
    "en/b.txt": "A text of no words in particular",
    "c.md": "\n---\ntitle: Not first\n---\n\n# Other\n",
}
"""What each setting of CARD_SETTINGS reads otherwise."""

# One value for each setting that is not what stands where it is not set.
OTHERS = {
    "title": "T",
    "lang": "de",
    "extensions": [".md", ".txt"],
    "include": ["en/*"],
    "exclude": ["en/*"],
    "types": ["memo"],
    "verify_every": "90d",
    "pin": True,
    "history": True,
    "date_style": "us",
    "renderer": "hugo",
    "refs": "keyed",
    "fields": {"product": "topic"},
    "values": {"status": {"live": "archived"}},
    "defaults": [{"paths": ["en/**"], "audience": "public"}],
    "groups": {"team": ["ada@example.org"]},
    "people": {"ada@example.org": ["ada"]},
    "rules": {"due": "off"},
    "translations.pattern": "{lang}/{path}",
    "translations.source": "en",
    "translations.source_path": "en/{path}",
    "translations.fallback": True,
    "search.trust_ranking": False,
    "search.use_ranking": False,
    "search.background": ["en/**"],
    "search.customers_words": False,
    "search.keep_failed": False,
    "links.allow": ["*.example.org"],
    "links.deny": ["*.example.org"],
    "links.roots": ["en"],
    "links.base": "/b/",
    "links.generated": ["en/**"],
    "links.wiki": True,
    "slack.people": {"U1": "ada"},
    "slack.pages": "https://kb.example.org",
    "style.words": {"en": {"kindly": ""}},
    "style.public": True,
    "personal_data.allow": ["ada@example.org"],
    "tickets.keep": "2y",
    "engine.index": "kb",
    "serve.branch": "main",
    "serve.embed": ["https://desk.example.org"],
    "hand_over.github": "https://github.example.org",
    "hand_over.gitlab": "https://gitlab.example.org",
    "hand_over.jira": "https://jira.example.org",
    "hand_over.linear": "https://linear.example.org",
}
# These mean something together only.
BESIDE = {
    "translations.source": "[translations]\npattern = '{lang}/{path}'\n",
    "translations.source_path": "[translations]\npattern = '{lang}/{path}'\nsource = 'de'\n",
}
KNOWN = [
    (f"{table}.{key}" if table else key, attributes + key)
    for table, (attributes, readers) in SETTINGS.items()
    for key in readers
]


def write_setting(key: str) -> tuple[str, str]:
    """The kb.toml before a setting is set, and with it."""
    table, _, name = key.rpartition(".")
    before = BESIDE.get(key, f"[{table}]\n" if table else "")
    return before, f"{before}{name} = {write_value(OTHERS[key])}\n"


def write_value(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {write_value(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(write_value, value))}]"
    return json.dumps(value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cards, in a folder of their own."""
    root = tmp_path_factory.mktemp("cards")
    for path, text in CARDS.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    return root


def read_all(config: Config) -> list[tuple[IndexDocument, object]]:
    """All that an index would hold, and what is wrong with each card, which a kept library holds as well."""
    readings = [reading for path in sorted(list_card_paths(config)) if (reading := read_file(config, path))]
    return [(read_document(config, one), read_card(one.data, one.path, config).problems) for one in readings]


@pytest.mark.parametrize(("key", "name"), KNOWN)
def test_what_an_index_holds_is_in_its_fingerprint(folder: Path, key: str, name: str) -> None:
    """A setting that changes what is in an index makes it another one; one that changes nothing of it leaves it be."""
    before, after = (parse_config(text, folder) for text in write_setting(key))
    assert before != after
    assert (read_all(before) != read_all(after)) == (name in CARD_SETTINGS)
    assert (make_schema(before) != make_schema(after)) == (name in CARD_SETTINGS)


def test_a_kept_index_answers_as_a_new_one(folder: Path) -> None:
    """After each change of kb.toml in turn the index holds what one built now would; it is built anew for none that it need not."""
    built: dict[str, list[object]] = {}
    for text in (
        "",
        'title = "T"\n',
        'lang = "de"\n',
        '[rules]\ndue = "off"\n',
        write_setting("defaults")[1],
    ):
        index = open_local_index(parse_config(text, folder))
        built[text] = [index.built, [index.reader.record(number) for number in range(index.reader.doc_count)]]
        fresh = [document.record for document, _ in read_all(parse_config(text, folder))]
        assert sorted(built[text][1]) == sorted(fresh)
    assert [bool(count) for count, _ in built.values()] == [True, False, True, True, True]


def test_a_held_library_reads_no_card_for_another_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card is the same object after a change of a rule, also one for its path, and read again for another default."""
    # A file that was written a moment ago is held by none.
    monkeypatch.setattr("kbcli.foundation.disk.files._TICK_NS", 0)
    held = HeldLibrary()
    given = "[[defaults]]\npaths = ['en/**']\n"
    first, second, third = (
        held.load(parse_config(text, folder)).by_path["en/a.md"]
        for text in (given, f"{given}rules = {{due = 'off'}}\n", f"{given}product = 'x'\n")
    )
    assert first is second
    assert (first.product, third.product) == ("", "x")

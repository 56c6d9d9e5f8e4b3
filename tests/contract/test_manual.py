"""Promises of the manual: it is complete, and what it shows is what kb does."""

import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from kbcli import config, kbtoml
from kbcli.config import Config, load_config
from kbcli.doors import cli
from kbcli.doors.cli import app
from kbcli.errors import KbError
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.run import run_check
from kbcli.knowledge.search.manual import Manual, load_manual
from kbcli.operations.rules import RULES
from tests import manualbase
from tests.rulepages import refresh_page, refresh_table

MANUAL = manualbase.MANUAL
KBCLI = Path(app.__file__).parents[2]
DAY = date.fromisoformat(manualbase.TODAY)
PAGES = sorted(MANUAL.rglob("*.md"))
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMES = {f"{prefix}{name}": name for prefix, readers in kbtoml.SETTINGS.values() for name in readers}
HIDDEN = {"root", "git_root", "origins", "warnings", "source", "owner_rules", "links_private"}


def read(name: str) -> str:
    """The text of a page."""
    return (MANUAL / f"{name}.md").read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    """What a page is called."""
    return page.relative_to(MANUAL).with_suffix("").as_posix()


def cut_section(text: str, heading: str) -> str:
    """What stands under a heading of the second level."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def list_marked(text: str) -> set[str]:
    """The words in backticks that could be keys."""
    return {word for word in re.findall(r"`([^`\n]+)`", text) if re.fullmatch(r"[a-z_]+", word)}


@cache
def load_book() -> Manual:
    """The manual, read once."""
    return load_manual()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> manualbase.Home:
    """The home folder of the examples, which no test changes."""
    return manualbase.Home(tmp_path_factory.mktemp("manual"))


def test_each_command_has_its_page_with_every_option() -> None:
    """Whoever looks a command up finds all it can do."""
    for command in cli.COMMANDS:
        first, _, second = command.partition(" ")
        text = read(f"commands/{first}")
        tree: Any = typer.main.get_command(app.build_app(command))
        found = tree.commands[first].commands[second] if second else tree.commands[first]
        assert f"kb {command}" in text
        names = [name for item in found.params for name in (*item.opts, *item.secondary_opts)]
        options = [name for name in names if name.startswith("-") and name not in ("-h", "--help")]
        assert [name for name in options if f"`{name}" not in text] == [], command


def test_no_page_is_about_a_command_that_is_gone() -> None:
    """A page of commands/ is a command's."""
    assert {name_of(page) for page in PAGES if page.parent.name == "commands"} == {
        f"commands/{name.partition(' ')[0]}" for name in cli.COMMANDS
    }


def test_each_rule_has_its_page_that_says_what_the_rule_says() -> None:
    """Title, what, why, remedy and severity on the page are the rule's (else: python -m tests.manualbase)."""
    for rule in RULES:
        page = MANUAL / "rules" / f"{rule.id}.md"
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        assert text == refresh_page(rule, text), "run python -m tests.manualbase"


def test_the_list_of_rules_is_that_of_the_rules() -> None:
    """The table has a row for each rule, with its severity (else: python -m tests.manualbase)."""
    assert read("rules") == refresh_table(RULES, read("rules")), "run python -m tests.manualbase"


def test_no_page_is_about_a_rule_that_is_gone() -> None:
    """A page of rules/ is a rule's."""
    assert {page.stem for page in PAGES if page.parent.name == "rules"} == {rule.id for rule in RULES}


def list_examples() -> Iterator[str]:
    """The rules whose page has an example that can be run."""
    for rule in RULES:
        page = MANUAL / "rules" / f"{rule.id}.md"
        if (
            page.is_file()
            and "kb says:\n\n```text\n" in (text := page.read_text(encoding="utf-8"))
            and "\nGood, `" in text
        ):
            yield rule.id


@pytest.mark.parametrize("rule", tuple(list_examples()))
def test_the_example_of_a_rule_is_true(rule: str, tmp_path: Path) -> None:
    """The bad cards have just the findings that are shown, and the good ones none."""
    bad, good = read(f"rules/{rule}").split("\nBad, ")[1].split("\nGood, ")
    shown = re.findall(r"kb says:\n\n```text\n(.*?)^```$", bad, re.MULTILINE | re.DOTALL)[0]
    files = {"kb.toml": 'verify_every = "6m"\n', **dict(BLOCK.findall(bad))}
    assert "".join(_list_findings(tmp_path / "bad", files, rule)) == shown
    changed = dict(BLOCK.findall(good))
    kept = files if changed.keys() <= files.keys() else {"kb.toml": files["kb.toml"]}
    assert not _list_findings(tmp_path / "good", {**kept, **changed}, rule)


def _list_findings(root: Path, files: dict[str, str], rule: str) -> list[str]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    found = run_check(load_library(load_config(root, None, {})), DAY, RULES).findings
    return [
        f"{one.path}:{one.line}: {one.severity}: {one.rule}: {one.message}\n"
        for one in found
        if one.rule == rule
    ]


def test_every_setting_is_described() -> None:
    """kb-toml names each setting, each field that can be mapped or defaulted, and each key of a rule."""
    text = read("kb-toml")
    names = {NAMES.get(name, name) for name in Config._fields} - HIDDEN
    names |= {
        *kbtoml.MAPPABLE_FIELDS,
        *kbtoml.DEFAULT_FIELDS,
        *kbtoml.RuleSetting._fields,
        "paths",
        "trust_ranking",
    }
    assert not [name for name in names if f"`{name}`" not in text and f"\n## {name}\n" not in text]
    assert all(f"[values.{name}]" in text for name in kbtoml.VALUE_FIELDS)
    assert "[rules.owners." in text


def test_the_settings_shown_can_be_read(tmp_path: Path) -> None:
    """Each piece of TOML in the manual is TOML, and kb knows what is in it."""
    for page in PAGES:
        for text in re.findall(
            r"^```toml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            tomllib.loads(text)
            if page.stem in ("kb-toml", "adopt-an-existing-repository", "rules", "ci", "web-links"):
                assert not config.parse_config(text, tmp_path).warnings, page


def test_every_variable_is_described() -> None:
    """The KB_* variables that kb reads are those of the manual."""
    sources = (path.read_text(encoding="utf-8") for path in KBCLI.rglob("*.py"))
    used = {name for source in sources for name in re.findall(r'"(KB_[A-Z_]+)"', source)}
    assert used == set(re.findall(r"`(KB_[A-Z_]+)`", read("environment-variables")))


def test_the_exit_codes_are_those_of_kb() -> None:
    """The table has the codes of the errors and of the boundary, and no others."""

    def list_errors(kind: type[KbError]) -> Iterator[type[KbError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from list_errors(child)

    known = {
        0,
        1,
        app.EXIT_USAGE,
        app.EXIT_BUG,
        app.EXIT_INTERRUPTED,
        *(kind.exit_code for kind in list_errors(KbError)),
    }
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", read("exit-codes"), re.MULTILINE)} == known


def list_keys(value: object) -> set[str]:
    """Every key in a JSON value, that of names (counts by state, by rule, by field) left out."""
    if isinstance(value, list):
        return set().union(*map(list_keys, value))
    if not isinstance(value, dict):
        return set()
    nested = (item for key, item in value.items() if key not in ("counts", "basis", "rules"))
    return {*value, *set().union(*map(list_keys, nested))}


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        (
            "search",
            [
                "kb search 429 --explain",
                "kb search spending cap --explain",
                "kb search cookies --explain",
                "kb search pasword",
            ],
        ),
        ("show", ["kb show quotas", "kb show quotas --as-of 2026-11-10"]),
        ("list", ["kb list"]),
        ("stale", ["kb stale --by owner"]),
        ("check", ["kb check"]),
    ],
)
def test_the_json_keys_are_those_of_the_manual(
    command: str, lines: list[str], home: manualbase.Home, tmp_path: Path
) -> None:
    """What stands under a command in json-output are the keys that it prints, neither more nor fewer."""
    text = read("json-output")
    card, summary = cut_section(text, "A card"), cut_section(text, "A summary")
    home = manualbase.Home(tmp_path, home)
    (home.root / "synonyms.toml").write_text('"spending cap" = "quota"\n')
    with (home.root / "kb.toml").open("a") as settings:
        # An engine that is not there: its keys stand only where one is set.
        settings.write('\n[engine]\nindex = "kb"\n')
    own = home.folder / ".config/kb/config.toml"
    own.parent.mkdir(parents=True)
    own.write_text('[engine]\nurls = ["http://127.0.0.1:9"]\n')
    printed = (home.run(f"{line} --format json | cat") for line in lines)
    found = [json.loads(text[text.index("{") :])["data"] for text in printed]
    shared = list_marked(card) | list_marked(summary)
    keys = set().union(*map(list_keys, found))
    assert keys - shared == (list_marked(cut_section(text, command)) - shared) - (
        {"owner"} if command == "stale" else set()
    )


def test_a_card_has_the_keys_of_the_manual(home: manualbase.Home) -> None:
    """The card in JSON is as documented, key by key and in order."""
    given = json.loads(home.run("kb show quotas --format json | cat"))["data"]["card"]
    text = cut_section(read("json-output"), "A card")
    assert list(given) == list(dict.fromkeys(word for word in re.findall(r"`(\w+)`", text) if word in given))


@pytest.mark.parametrize(
    "command", ["search 429", "list", "stale", "translations", "duplicates", "log quotas", "report", "doctor"]
)
def test_the_plain_columns_are_those_of_the_manual(command: str, home: manualbase.Home) -> None:
    """A line in a pipe has as many fields as the manual says."""
    name = command.split(maxsplit=1)[0]
    row = re.findall(rf"^\| `{name}` \| (.*) \|$", read("plain-output"), re.MULTILINE)[0]
    columns = len(row.split(", ")) + (8 if "the nine states" in row else 0)
    lines = [line for line in home.run(f"kb {command} | cat").splitlines() if not line.startswith("kb: ")]
    assert {line.count("\t") + 1 for line in lines} == {columns}


@pytest.mark.skipif(sys.platform != "linux", reason="the examples show the folders and tools of Linux")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")], ids=name_of
)
def test_the_examples_print_what_is_shown(page: Path, home: manualbase.Home, tmp_path: Path) -> None:
    """Each command line of a page prints today what the page says (else: python -m tests.manualbase)."""
    own = manualbase.Home(tmp_path / "example", home)
    for line, answer, output in manualbase.read_examples(page.read_text(encoding="utf-8")):
        assert manualbase.trim(own.run(line, answer=answer)) == manualbase.trim(output), line


def test_the_gate_has_nothing_to_say_of_the_manual() -> None:
    """No finding in the manual, but for what is verified at each release."""
    book = load_book()
    result = run_check(load_library(book.config), DAY, RULES)
    assert [
        found for found in result.findings if found.rule not in ("unverified", "changed", "future-date")
    ] == []


def test_each_page_begins_with_a_short_answer() -> None:
    """Title, type and aliases in the front matter, no heading of the first level, a first paragraph of prose."""

    def is_good(card: Card) -> bool:
        first = card.body.strip().split("\n\n")[0]
        return bool(
            card.own_title and not card.heading_title and card.type and card.aliases and "kb" in card.tags
            and card.audience == "public" and card.verify_every and card.verify_every.is_never
            and not first.startswith(("#", "|", "-", "```")) and len(first) < 700 and "\n# " not in re.sub(FENCED, "", card.body)
        )  # fmt: skip

    assert [card.id for card in load_book().cards if not is_good(card)] == []


def _ask(words: str) -> str:
    book = load_book()
    page = book.find_card(words)
    if page is not None:
        return page.id.removeprefix("manual/")
    found = book.search(words, DAY)
    return found[0].id.removeprefix("manual/") if found else ""


QUESTIONS: Iterable[tuple[str, tuple[str, ...]]] = (
    ("how do I verify", ("commands/verify", "verification")),
    ("ci", ("ci",)),
    ("exit code", ("exit-codes",)),
    ("json", ("json-output",)),
    ("chinese", ("search-in-every-language",)),
    ("kb.toml", ("kb-toml",)),
    ("verify", ("commands/verify",)),
    ("github actions", ("ci",)),
    ("synonyms", ("synonyms",)),
    ("its text changed since it was verified", ("rules/changed",)),
    ("leads nowhere", ("rules/broken-link",)),
    ("could mean two different days", ("rules/bad-date",)),
    ("who may verify a card", ("verification",)),
    ("how do I install kb", ("install",)),
    ("shell completion", ("install",)),
    ("exclude a word from search", ("query-language",)),
    ("pre-commit", ("ci",)),
    ("rename a card", ("commands/mv",)),
    ("report a wrong card", ("commands/flag",)),
    ("what does suspect mean", ("trust-states", "rules/suspect")),
    ("where is the index", ("index-and-cache",)),
    ("KB_TODAY", ("environment-variables",)),
    ("last_reviewed_on", ("adopt-an-existing-repository",)),
    ("front matter fields", ("card-format",)),
    ("dead links", ("web-links",)),
    ("price valid until", ("claims", "rules/claim-expired")),
    ("translate a card", ("translations",)),
    ("find duplicate cards", ("near-duplicates", "commands/duplicates")),
    ("no knowledge base here", ("troubleshooting",)),
    ("is it safe to run in an untrusted repository", ("security",)),
    ("html report with charts", ("commands/report",)),
    ("columns of plain output", ("plain-output",)),
    ("what is due this month", ("commands/stale",)),
    ("baseline", ("ci",)),
    ("umlaut", ("search-in-every-language",)),
    ("getting started", ("getting-started",)),
    ("how do I archive a card", ("commands/edit",)),
    ("delete a card", ("commands/edit",)),
    ("macos", ("install",)),
    ("undo a verification", ("verification",)),
    ("what does aliases do", ("card-format",)),
    ("telemetry", ("security",)),
    ("change the owner of a card", ("commands/edit",)),
    ("shallow clone", ("rules/unknown-history",)),
    ("how do I search", ("commands/search",)),
    ("find a card", ("commands/search",)),
    ("how do I write a new card", ("commands/new",)),
    ("how do I rename a card", ("commands/mv",)),
    ("who changed this card", ("commands/log",)),
    ("a card is wrong, what do I do", ("commands/flag",)),
    ("how to verify", ("commands/verify",)),
    ("how do I undo a flag", ("commands/unflag",)),
    ("which cards are out of date", ("commands/stale",)),
    ("how do I see all cards", ("commands/list",)),
    ("how do I translate", ("translations", "commands/translations")),
    ("how do I add synonyms", ("synonyms",)),
    ("how do I update kb", ("install",)),
    ("windows", ("install",)),
    ("what is a card", ("card-format",)),
    ("does kb send data anywhere", ("security",)),
    ("how do I set the owner", ("commands/edit",)),
    ("what is the trust score", ("trust-states",)),
    ("kb does not find my card", ("troubleshooting",)),
    ("old version of a card", ("commands/show",)),
    ("how often should a card be verified", ("verification",)),
    ("copy to clipboard", ("editors",)),
    ("obsidian", ("editors",)),
    ("fzf", ("editors",)),
    ("how do I open a card in vs code", ("editors",)),
)


@pytest.mark.parametrize(("words", "pages"), QUESTIONS)
def test_a_question_finds_its_page(words: str, pages: tuple[str, ...]) -> None:
    """What people ask is answered by the page that is about it, and that page is first."""
    assert _ask(words) in pages


Run = Callable[..., Any]


def test_the_manual_is_listed_anywhere(run_kb: Run, tmp_path: Path) -> None:
    """Every page is in the contents, without a knowledge base."""
    done = run_kb("manual", cwd=tmp_path)
    assert [line.split("\t")[0] for line in done.out.splitlines()] == sorted(
        (name_of(page) for page in PAGES), key=lambda name: f"manual/{name}.md"
    )

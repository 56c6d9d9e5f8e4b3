"""The gate of a change against somebody who wants a changed text past it: no sequence of edits and commits does that in silence.

A machine is the attacker. It writes files and runs git, and now and then somebody honest verifies a card or
accepts what the branch does. What it knows of its own accord is which texts were verified, and what they rested on then.
"""

import os
import shutil
import tempfile
from datetime import date
from pathlib import Path

import pytest
from datedgit import make_repository, run_git
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from kbcli.config import CONFIG_NAME, find_root
from kbcli.errors import KbError
from kbcli.knowledge.gate.change import BASELINE_NAME, Change
from kbcli.knowledge.gate.rule import Finding
from kbcli.operations.base import Base
from kbcli.operations.check import check_cards, update_baseline
from kbcli.operations.verify import pin_cards, verify_cards

TODAY, VERIFIED, EARLIER = date(2026, 11, 21), "2026-10-01", "2026-08-01"
BASE_DAY, FORGED_DAY = "2026-11-10", "2019-05-05"
SETTINGS = """verify_every = "1y"
[groups]
team = ["ada@example.org"]
[rules]
changed = "error"
suspect = "error"
unverified = "error"
"""
NAMES = ("a.md", "b.md", "de/a.md", "flagged.md")
PLACES = (*NAMES, "new.md", "deep/er/a.md", "B.MD")
STAMPS = ("verified_digest", "depends_digest", "translation_digest")
DROPPED = (*STAMPS, "verified", "depends_on", "translation_of", "flagged", "verify_every")
LOOSER = (
    SETTINGS.replace('changed = "error"\n', ""),
    SETTINGS.replace('changed = "error"', 'changed = "off"\nleft-gate = "off"\ndate-went-back = "off"'),
    SETTINGS.replace('suspect = "error"', 'suspect = "warning"'),
    f'exclude = ["a.md", "de/**"]\n{SETTINGS}',
    f'include = ["flagged.md"]\n{SETTINGS}',
    f'{SETTINGS}[fields]\nverified_digest = "stamp"\nflagged = "flag"\n',
    f'{SETTINGS}[fields]\nverified = "reviewed"\n',
    f'{SETTINGS}[values.status]\nactive = "archived"\n[[defaults]]\npaths = ["**"]\nstatus = "active"\n',
    f'{SETTINGS}[[defaults]]\npaths = ["*.md"]\nrules = {{changed = "off", left-gate = "warning"}}\n',
    SETTINGS.replace("[rules]", '[rules.owners.team]\nchanged = "off"\n[rules]'),
    SETTINGS.replace("1y", "never"),
    f'{SETTINGS}[[defaults]]\npaths = ["**"]\naudience = "public"\n',
    "",
)  # fmt: skip
Text = tuple[str, str]


class Attacker(RuleBasedStateMachine):
    """`vouched` are the texts (title and body) that somebody verified or accepted, with what each may rest on then (None: anything)."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp(prefix="kb-attack-"))
        self.content = self.top / "content"
        self.vouched: dict[Text, set[str | None]] = {}
        self.flagged: set[Text] = set()
        self.accepted_settings: set[str] = set()
        self.accepted_pages: set[str] = set()
        self.laundered: tuple[str, list[str], str] | None = None
        self.counter = 0

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.top, ignore_errors=True)

    # --- the repository

    def git(self, *arguments: str, day: str = BASE_DAY, check: bool = True) -> str:
        """Run git at noon of a day."""
        return run_git(self.top, *arguments, moment=f"{day}T12:00:00+0000", check=check)

    def commit(self, day: str = BASE_DAY) -> None:
        """Commit all that there is."""
        self.git("add", "-A")
        self.git("commit", "-qm", "Change", "--allow-empty", day=day)

    def list_cards(self, top: Path | None = None) -> list[str]:
        """The files that are called as cards are, as paths below content."""
        folder = (top or self.top) / "content"
        return sorted(
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix.lower() == ".md"
        )

    def read(self, path: str, top: Path | None = None) -> tuple[list[str], str]:
        """The lines of the header, and the body."""
        text = ((top or self.top) / "content" / path).read_text(errors="surrogateescape")
        # As most tools have it: to the next line of hyphens, whatever stands before it.
        header, body = (*text.removeprefix("---\n").split("---\n", 1), "")[:2]
        return header.splitlines(), body

    def write(self, path: str, lines: list[str], body: str) -> None:
        """Write a card."""
        full = self.content / path
        full.parent.mkdir(parents=True, exist_ok=True)
        text = "---\n" + "".join(f"{line}\n" for line in lines) + f"---\n{body}"
        full.write_text(text, errors="surrogateescape")

    def find_text(self, path: str, top: Path | None = None) -> Text:
        """Title, words of the body, and audience of a card."""
        lines, body = self.read(path, top)
        title = next((line for line in lines if line.startswith("title:")), "")
        is_public = 'audience = "public"' in self.read_settings(top or self.top)
        return title, " ".join((*body.split(), *(["(public)"] if is_public else [])))

    def find_ground(self, path: str, top: Path | None = None) -> str | None:
        """The contents of what a card of the base rests on; None for nothing, or for what is gone, which is no silence."""
        top = top or self.top
        title = self.find_text(path, top)[0]
        if title == "title: Card a.md":
            return (top / "data.txt").read_text()
        if title == "title: Card de/a.md" and (top / "content" / "a.md").exists():
            return str(self.find_text("a.md", top))
        return None

    def vouch(self, path: str) -> None:
        """Somebody honest answers for a card as it is."""
        lines, _ = self.read(path)
        rests = any(line.startswith(("depends_on:", "translation_of:")) for line in lines)
        self.vouched.setdefault(self.find_text(path), set()).add(self.find_ground(path) if rests else None)
        self.flagged.discard(self.find_text(path))

    def open(self, top: Path | None = None) -> Base:
        """The knowledge base as kb finds it from the top of the repository."""
        top = top or self.top
        return Base(find_root(None, {}, top), today=lambda: TODAY, actor="ada@example.org")

    def verify(self, path: str) -> bool:
        """Have a card verified by somebody who reads it."""
        base = self.open()
        name = os.path.relpath(self.content / path, base.root)
        if verify_cards(base, [name], unflag=True, yes=True).has_refused:
            return False
        self.vouch(path)
        return True

    # --- the base

    @initialize()
    def begin(self) -> None:
        """A main line on which all is verified, but for one that was reported as wrong."""
        make_repository(self.top)
        self.content.mkdir()
        (self.content / CONFIG_NAME).write_text(SETTINGS)
        (self.top / "data.txt").write_text("data 0\n")
        (self.top / ".gitattributes").write_text("content/b.md working-tree-encoding=ISO-8859-1//TRANSLIT\n")
        more = {"a.md": ["depends_on: [data.txt]"], "de/a.md": ["lang: de", "translation_of: a"]}
        for path in NAMES:
            lines = [f"title: Card {path}", "owner: team", "verify_every: 90d", *more.get(path, [])]
            more_words = {"de/a.md": "\udc81\udcff", "b.md": "for 5 EUR"}.get(path, "")
            body = f"Words of {path} that say what to do.\n\n{more_words}\n\n---\n\nAnd when, and how long that takes.\n"
            self.write(path, lines, body)
        for path in NAMES:
            self.verify(path)
            self.change_field(path, "verified", VERIFIED)
        self.write("drafted.md", ["title: Drafted", "status: draft", "owner: team"], "See [it](no.md).\n")
        self.change_field("flagged.md", "flagged", "no longer true")
        self.flagged.add(self.find_text("flagged.md"))
        update_baseline(self.open())
        self.commit()
        self.git("switch", "-qc", "branch")

    def change_field(self, path: str, name: str, value: str | None) -> None:
        """Write a field by hand, or delete it."""
        lines, body = self.read(path)
        kept = [line for line in lines if not line.startswith(f"{name}:")]
        self.write(path, kept + ([] if value is None else [f"{name}: {value}"]), body)

    def edit_text(self, path: str, where: str) -> None:
        """Write another text."""
        lines, body = self.read(path)
        self.counter += 1
        if where == "title":
            lines = [f"{line} {self.counter}" if line.startswith("title:") else line for line in lines]
        elif where == "all":
            body = f"Quite another text, number {self.counter}.\n"
        else:
            body = body.replace(".", f" {self.counter}.", 1)
        self.write(path, lines, body)

    def pick(self, number: int) -> str | None:
        """One of the cards."""
        paths = [path for path in self.list_cards() if path != "drafted.md"]
        return paths[number % len(paths)] if paths else None

    # --- attacks

    @rule(number=st.integers(0, 9), where=st.sampled_from(["words", "words", "title", "all"]))
    def edit(self, number: int, where: str) -> None:
        """Change what a card says."""
        if path := self.pick(number):
            self.edit_text(path, where)

    @rule(number=st.integers(0, 9), name=st.sampled_from(DROPPED), edits=st.booleans())
    def drop_field(self, number: int, name: str, edits: bool) -> None:
        """Delete a field by hand, and its stamp, with an edit or without."""
        if path := self.pick(number):
            self.change_field(path, name, None)
            if name in ("depends_on", "translation_of"):
                self.change_field(
                    path, "depends_digest" if name == "depends_on" else "translation_digest", None
                )
            if edits:
                self.edit_text(path, "words")

    @rule(
        number=st.integers(0, 9),
        name=st.sampled_from(STAMPS),
        value=st.sampled_from(["v1:12", "", "v2:xyz", "v3:00"]),
        edits=st.booleans(),
    )
    def garble_stamp(self, number: int, name: str, value: str, edits: bool) -> None:
        """Make a stamp that nothing can be told from."""
        if path := self.pick(number):
            self.change_field(path, name, value)
            if edits:
                self.edit_text(path, "words")

    @rule(number=st.integers(0, 9), scheme=st.sampled_from(["digest", "digest_v1"]))
    def write_digest(self, number: int, scheme: str) -> None:
        """Write the digest of the text by hand; with a date of the branch that would be a verifier who lies."""
        from kbcli.config import load_config
        from kbcli.knowledge.cards.reader import read_card

        if (path := self.pick(number)) and not self.has_new_date(path):
            card = read_card(
                (self.content / path).read_bytes(), path, load_config(self.content, self.top, {})
            )
            self.change_field(path, "verified_digest", getattr(card, scheme))

    @rule(number=st.integers(0, 9), day=st.sampled_from([EARLIER, VERIFIED, str(TODAY)]))
    def write_date(self, number: int, day: str) -> None:
        """Write a date by hand, which without the digest of the text says nothing."""
        if path := self.pick(number):
            if day == str(TODAY):
                self.change_field(path, "verified_digest", "v2:" + "0" * 32)
            self.change_field(path, "verified", day)

    def has_new_date(self, path: str) -> bool:
        """Whether a card says that it was verified on the branch."""
        return f"verified: {TODAY}" in self.read(path)[0]

    @rule(
        number=st.integers(0, 9),
        to=st.sampled_from(PLACES),
        edits=st.sampled_from(["", "words", "all"]),
        commits=st.booleans(),
    )
    def move(self, number: int, to: str, edits: str, commits: bool) -> None:
        """Give a card another name, in one commit or in two, with an edit or without; what stood there is gone."""
        if (path := self.pick(number)) and path != to:
            lines, body = self.read(path)
            (self.content / path).unlink()
            if commits:
                self.commit()
            self.write(to, lines, body)
            if edits:
                self.edit_text(to, edits)

    @rule(
        number=st.integers(0, 9),
        to=st.sampled_from(PLACES),
        drops=st.sampled_from(["", "flagged", "depends_on"]),
        claims=st.sampled_from(["", "[a]", "[b, de/a]"]),
    )
    def swap(self, number: int, to: str, drops: str, claims: str) -> None:
        """Let two cards change places, or make a copy that says less of itself, or claims to be the successor of others."""
        if (path := self.pick(number)) and path != to:
            one = self.read(path)
            if (self.content / to).exists() and not drops:
                self.write(path, *self.read(to))
            self.write(to, *one)
            if drops:
                self.change_field(to, drops, None)
            if claims:
                self.change_field(to, "former_ids", claims)

    @rule(number=st.integers(0, 9))
    def delete(self, number: int) -> None:
        """Delete a card, which leaves its place and its name to others."""
        if path := self.pick(number):
            (self.content / path).unlink()

    @rule(number=st.integers(0, 9), day=st.sampled_from([EARLIER, VERIFIED]))
    def launder(self, number: int, day: str) -> None:
        """Have a branch merged that had another text under an old date on the way, and put that back later."""
        from kbcli.config import load_config
        from kbcli.knowledge.cards.reader import read_card

        self.commit()
        self.git("switch", "-q", "main")
        path = NAMES[number % len(NAMES)]
        if (self.content / path).exists():
            honest = self.read(path)
            self.git("switch", "-qc", "other")
            self.edit_text(path, "words")
            self.change_field(path, "verified", day)
            data = (self.content / path).read_bytes()
            digest = read_card(data, path, load_config(self.content, self.top, {})).digest
            self.change_field(path, "verified_digest", digest)
            self.laundered = (path, *self.read(path))
            self.commit()
            self.write(path, *honest)
            self.commit()
            self.git("switch", "-q", "main")
            self.git("merge", "-q", "--no-ff", "--no-edit", "other")
            self.git("branch", "-qD", "other")
        self.switch_back()

    @rule()
    def put_back(self) -> None:
        """Write what was laundered."""
        if self.laundered:
            self.write(*self.laundered)

    @rule(number=st.integers(0, 9), status=st.sampled_from(["draft", "archived", "active", None]))
    def change_status(self, number: int, status: str | None) -> None:
        """Take a card out of the gate, or in again."""
        if path := self.pick(number):
            self.change_field(path, "status", status)

    @rule(number=st.integers(0, 9), to=st.sampled_from([".old/x.md", "templates/x.md", "x.txt"]))
    def hide(self, number: int, to: str) -> None:
        """Move a card to where none are read."""
        if path := self.pick(number):
            (self.content / to).parent.mkdir(exist_ok=True)
            (self.content / path).rename(self.content / to)

    @rule(number=st.integers(0, 9), ending=st.sampled_from([".mdx", ".html"]))
    def change_ending(self, number: int, ending: str) -> None:
        """Put another page in the place of a card, of a kind that kb does not read."""
        if path := self.pick(number):
            (self.content / path).unlink()
            (self.content / path).with_suffix(ending).write_text("Quite another page.\n")

    @rule()
    def keep_another_text(self) -> None:
        """Let git keep a text of which its attributes make the verified one on disk."""
        self.commit()
        data = (self.content / "b.md").read_bytes() if (self.content / "b.md").exists() else b""
        if b"EUR" in data:
            kept = Path(self.top / ".git" / "kept")
            kept.write_bytes(data.replace(b"EUR", "€".encode()))
            blob = self.git("hash-object", "-w", "--no-filters", str(kept))
            self.git("update-index", "--cacheinfo", f"100644,{blob},content/b.md")
            (self.content / "b.md").unlink()
            self.git("checkout", "--", "content/b.md", check=False)
            self.git("commit", "-qm", "Change", "--allow-empty")

    @rule(number=st.integers(0, 9))
    def end_header_late(self, number: int) -> None:
        """End front matter so that kb sees its end, and others see it further down."""
        if path := self.pick(number):
            text = (self.content / path).read_bytes()
            (self.content / path).write_bytes(b"---\n" + text[4:].replace(b"---\n", b"...\n", 1))

    @rule(number=st.integers(0, 9))
    def exchange_bytes(self, number: int) -> None:
        """Write one byte that is no letter of any encoding in place of another."""
        if path := self.pick(number):
            text = (self.content / path).read_bytes()
            (self.content / path).write_bytes(text.replace(b"\x81", b"\x8d"))

    @rule()
    def check_with_grafts(self) -> None:
        """A clone that says of its own accord what commits stand on lets nothing more pass."""
        grafts = self.top / ".git" / "info" / "grafts"
        grafts.parent.mkdir(exist_ok=True)
        grafts.write_text(f"{self.git('rev-parse', 'main')} {self.git('rev-parse', 'HEAD')}\n")
        try:
            self.hold(self.top)
        finally:
            grafts.unlink()

    @rule(settings=st.sampled_from((*LOOSER, SETTINGS)), number=st.integers(0, 9), edits=st.booleans())
    def change_settings(self, settings: str, number: int, edits: bool) -> None:
        """Let kb.toml judge more mildly, with an edit in its shade."""
        (self.content / CONFIG_NAME).write_text(settings)
        if edits and (path := self.pick(number)):
            self.edit_text(path, "words")

    @rule(settings=st.sampled_from(LOOSER), there=st.booleans())
    def shadow(self, settings: str, there: bool) -> None:
        """Put a second kb.toml at the top, or take it away."""
        (self.top / CONFIG_NAME).write_text(settings)
        if not there:
            (self.top / CONFIG_NAME).unlink()

    @rule(
        names=st.sampled_from([("verified", "reviewed"), ("verified_digest", "stamp"), ("flagged", "flag")])
    )
    def rename_field(self, names: tuple[str, str]) -> None:
        """Call a field by another name in kb.toml and in every card."""
        (self.content / CONFIG_NAME).write_text(f'{SETTINGS}[fields]\n{names[0]} = "{names[1]}"\n')
        for path in self.list_cards():
            lines, body = self.read(path)
            self.write(path, [line.replace(f"{names[0]}:", f"{names[1]}:") for line in lines], body)

    @rule(removes=st.booleans())
    def accept_all_by_baseline(self, removes: bool) -> None:
        """Make the baseline anew on the branch."""
        if removes:
            (self.content / BASELINE_NAME).unlink(missing_ok=True)
        try:
            update_baseline(self.open())
        except KbError:
            return

    @rule(data=st.integers(0, 3))
    def change_data(self, data: int) -> None:
        """Change what a card depends on."""
        (self.top / "data.txt").write_text(f"data {data}\n")

    @rule()
    def ignore_commit(self) -> None:
        """Name a commit of the branch as one that changed no meaning."""
        self.commit()
        (self.top / ".git-blame-ignore-revs").write_text(self.git("rev-parse", "HEAD") + "\n")

    @rule(number=st.integers(0, 9))
    def call_mechanical(self, number: int) -> None:
        """Edit, commit, and renew the digest as after a formatter."""
        if (path := self.pick(number)) and not any(map(self.has_new_date, self.list_cards())):
            self.edit_text(path, "words")
            self.commit()
            try:
                pin_cards(self.open(), mechanical="HEAD")
            except KbError:
                return

    @rule(day=st.sampled_from([BASE_DAY, FORGED_DAY]))
    def commit_all(self, day: str) -> None:
        """Commit, by a true clock or a forged one."""
        self.commit(day)

    @rule()
    def squash(self) -> None:
        """Make one commit of the branch."""
        self.commit()
        self.git("reset", "-q", "--soft", self.git("merge-base", "main", "branch"))
        self.commit()

    @rule(number=st.integers(0, 9), edits=st.booleans())
    def merge_main(self, number: int, edits: bool) -> None:
        """Somebody else's honest change is merged on the main line, and that into the branch; of a conflict the branch's side stays."""
        self.commit()
        self.git("switch", "-q", "main")
        path = NAMES[number % len(NAMES)]
        if edits and (self.content / path).exists():
            self.edit_text(path, "words")
            self.verify(path)
            # What rests on it is suspect on the main line then, and no news on the branch.
            for other in self.list_cards():
                self.vouched.get(self.find_text(other), set()).add(self.find_ground(other))
        (self.top / "other.txt").write_text(f"{number} {self.counter}")
        self.commit()
        self.switch_back()

    def switch_back(self) -> None:
        """Merge the main line into the branch, and go on there."""
        self.git("switch", "-q", "branch")
        self.git("merge", "-q", "--no-edit", "-X", "ours", "main", check=False)
        if self.git("status", "--porcelain"):
            self.git("merge", "--abort", check=False)
            self.git("reset", "-q", "--hard")

    # --- honest people

    @rule(number=st.integers(0, 9))
    def verify_honestly(self, number: int) -> None:
        """Somebody reads a card and verifies it."""
        if path := self.pick(number):
            try:
                self.verify(path)
            except KbError:
                return

    @rule()
    def accept(self) -> None:
        """Reviewers accept what the branch does, where that makes it pass."""
        baseline = self.content / BASELINE_NAME
        before = baseline.read_bytes() if baseline.exists() else None
        findings = self.check(accept=True)
        if findings is None:
            if before is not None:
                baseline.write_bytes(before)
            else:
                baseline.unlink(missing_ok=True)
            (self.top / BASELINE_NAME).unlink(missing_ok=True)
            return
        self.accepted_settings.add(self.read_settings(self.top))
        self.accepted_pages |= self.list_pages(self.top)
        for path in self.list_cards():
            self.vouch(path)

    # --- the gate

    @staticmethod
    def read_settings(top: Path) -> str:
        """What decides what is judged."""
        files = (top / CONFIG_NAME, top / "content" / CONFIG_NAME)
        return "\0".join(file.read_text() if file.exists() else "(none)" for file in files)

    @staticmethod
    def list_pages(top: Path) -> set[str]:
        """The cards, as paths below content, in whose place is a page of another kind."""
        folder = top / "content"
        pages = (path for path in folder.rglob("*") if path.suffix in (".mdx", ".html"))
        cards = (path.with_suffix(".md") for path in pages)
        return {path.relative_to(folder).as_posix() for path in cards if not path.exists()}

    def find_kept(self, top: Path) -> str | None:
        """What git keeps of the card that it converts, where that is another text than the one that it writes."""
        kept = self.git("-C", str(top), "show", "HEAD:content/b.md", check=False)
        card = top / "content" / "b.md"
        is_there = card.exists() and "EUR" in card.read_text(errors="replace")
        return kept if is_there and "€" in kept else None

    def check(self, top: Path | None = None, *, accept: bool = False) -> set[tuple[str, str]] | None:
        """(rule, path) of what `kb check --base main` tells where it passes, else None."""
        top = top or self.top
        try:
            base = self.open(top)
            result = check_cards(base, base="main", accept=accept).result
        except KbError:
            return None
        prefix = os.path.relpath(top / "content", base.root)
        if result.failed:
            return None
        return {(one.rule, os.path.relpath(one.path, prefix)) for one in result.findings}

    @rule(depth=st.sampled_from(["1", "2"]))
    def check_in_a_shallow_clone(self, depth: str) -> None:
        """A clone that lacks history lets nothing more pass."""
        self.commit()
        clone = Path(tempfile.mkdtemp(prefix="kb-attack-clone-"))
        try:
            url = f"file://{self.top}"
            self.git("clone", "-q", "--depth", depth, "--no-single-branch", "-b", "branch", url, str(clone))
            self.git("-C", str(clone), "branch", "-q", "main", "origin/main")
            self.hold(clone)
        finally:
            shutil.rmtree(clone, ignore_errors=True)

    @invariant()
    def nothing_passes_in_silence(self) -> None:
        """Where the check passes, every card says what was verified, or is named."""
        if self.vouched:
            self.hold(self.top)

    def hold(self, top: Path) -> None:
        """Compare what the gate lets pass with what was vouched for."""
        if self.read_settings(top) in self.accepted_settings:
            return
        findings = self.check(top)
        if findings is None:
            return
        named = {path for rule_id, path in findings if rule_id in ("left-gate", "date-went-back")}
        silent = self.list_pages(top) - self.accepted_pages - named
        assert not silent, f"{silent} pass with pages in their place that nobody verified"
        assert self.find_kept(top) is None or "b.md" in named, "b.md passes, and git keeps another text of it"
        for path in self.list_cards(top):
            if path in named or path == "drafted.md" or path.startswith((".old/", "templates/")):
                continue
            text = self.find_text(path, top)
            assert text in self.vouched, f"{path} passes with a text that nobody verified: {text}"
            grounds = self.vouched[text]
            ground = self.find_ground(path, top)
            assert None in grounds or ground in {None, *grounds}, (
                f"{path} passes, and what it rests on changed"
            )
            is_flagged = any(line.startswith(("flagged:", "flag:")) for line in self.read(path, top)[0])
            assert is_flagged or text not in self.flagged, f"{path} passes, and its flag is gone"


def _settle(
    examples: int, steps: int, *, derandomize: bool, phases: tuple[Phase, ...] = tuple(Phase)
) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=steps, derandomize=derandomize, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=phases,
    )  # fmt: skip


@pytest.mark.short
def test_no_changed_text_passes_the_gate_in_silence() -> None:
    """Whatever is done on a branch, it passes with the verified texts, with those that were accepted, or by name."""
    run_state_machine_as_test(Attacker, settings=_settle(5, 8, derandomize=True))


@pytest.mark.stress
def test_no_longer_attack_passes_either() -> None:
    """The same of more and longer attacks."""
    run_state_machine_as_test(Attacker, settings=_settle(60, 15, derandomize=False))


def _no_findings(*_arguments: object) -> tuple[Finding, ...]:
    return ()


def _say_nothing(*_arguments: object) -> str:
    return ""


def _never(*_arguments: object) -> bool:
    return False


@pytest.mark.stress
@pytest.mark.parametrize("defence", ["left-gate", "texts", "attributes", "places"])
def test_the_attack_succeeds_without_one_of_the_defences(
    defence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would find a gate that overlooks what leaves, does not compare texts, or not with what git keeps and what took a place."""
    from kbcli.knowledge.gate.rules import left_gate
    from kbcli.operations import check as checks

    if defence == "attributes":
        monkeypatch.setattr(left_gate, "list_disguised", _no_findings)
    elif defence == "places":
        monkeypatch.setattr(Change, "_find_successor", _say_nothing)
    elif defence == "left-gate":
        monkeypatch.setattr(checks, "RULES", tuple(one for one in checks.RULES if one.id != "left-gate"))
    else:
        monkeypatch.setattr(Change, "is_unvouched", _never)
    with pytest.raises(AssertionError, match="passes"):
        run_state_machine_as_test(
            Attacker, settings=_settle(400, 10, derandomize=True, phases=(Phase.generate,))
        )

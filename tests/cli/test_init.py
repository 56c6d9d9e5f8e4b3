"""kb init."""

import json
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from datedgit import make_repository
from kbprocess import open_terminal

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]
REVIEWED = (
    "---\ntitle: {}\nlast_reviewed_on: 2026-04-22\nreview_in: 6 months\nowner_slack: '#api'\n---\nText\n"
)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder of documentation in another schema."""
    root = tmp_path / "docs"
    for name in ("index", "guide/a", "guide/b"):
        path = root / "source" / f"{name}.html.md.erb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(REVIEWED.format(name))
    (root / "README.md").write_text("# Docs\n")
    return root


def read_all(root: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_new_knowledge_base_works_at_once(tmp_path: Path, run_kb: RunKb) -> None:
    """kb.toml and a card of each type are made, and the gate passes on them."""
    made = run_kb("init", "support", cwd=tmp_path)
    assert made.code == 0
    assert made.out.splitlines()[0] == "wrote\tsupport/kb.toml"
    root = tmp_path / "support"
    assert tomllib.loads((root / "kb.toml").read_text())["groups"] == {"support": ["ada@example.org"]}
    assert len(run_kb("list", cwd=root).out.splitlines()) == 7
    check = run_kb("check", "--strict", "--format", "json", cwd=root)
    assert {finding["rule"] for finding in json.loads(check.out)["data"]["findings"]} == {"unverified"}


def test_an_existing_knowledge_base_is_left_alone(kb_root: Path, run_kb: RunKb) -> None:
    """A second init says so, changes nothing and is no error; the starter is refused."""
    before = read_all(kb_root)
    again = run_kb("init", cwd=kb_root)
    assert again.code == 0
    assert "left as it is" in again.err
    starter = run_kb("init", "--starter", "--yes", cwd=kb_root)
    assert starter.code == 3
    assert read_all(kb_root) == before


def test_the_gate_can_be_added_to_an_existing_knowledge_base(kb_root: Path, run_kb: RunKb) -> None:
    """--github, --pages and --pre-commit add their files, once, at the top of the repository."""
    first = run_kb("init", "--github", "--pages", "--install", "./kb", "--pre-commit", cwd=kb_root)
    assert first.err.count("installs kb from ./kb") == 2
    assert first.out.splitlines() == [
        "wrote\t.github/workflows/kb.yml",
        "wrote\t.github/workflows/kb-site.yml",
        "wrote\t.pre-commit-config.yaml",
    ]
    second = run_kb("init", "--github", "--pages", "--pre-commit", cwd=kb_root)
    assert second.out == ""
    assert second.err.count("has it already") == 3


def test_nothing_is_written_when_nobody_knows_what_to_install(
    tmp_path: Path, run_kb: RunKb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workflow never installs by a name that nobody has published; --install says what."""
    monkeypatch.setattr("kbcli.operations.init.find_requirement", lambda: "")
    refused = run_kb("init", "kb", "--github", cwd=tmp_path)
    assert refused.code == 3
    assert "--install" in refused.err
    assert not (tmp_path / "kb").exists()
    assert run_kb("init", "kb", "--github", "--install", "-r x", cwd=tmp_path).code == 3


def test_the_starter_comes_without_manual_and_without_verifications(tmp_path: Path, run_kb: RunKb) -> None:
    """The starter's cards are all unverified, owned by groups of kb.toml, rotas lie beside them, and the gate passes."""
    assert run_kb("init", "kb", "--starter", cwd=tmp_path).code == 0
    root = tmp_path / "kb"
    texts = {path: text.decode() for path, text in read_all(root).items() if path.endswith(".md")}
    assert len(texts) > 20
    assert not any(path.startswith("manual") for path in texts)
    fields = re.compile(r"^(verified\w*|translation_digest|depends_digest|evidence|flagged):", re.MULTILINE)
    assert not any(fields.search(text.split("\n---", 1)[0]) for text in texts.values())
    check = run_kb("check", "--format", "json", cwd=root)
    assert check.code == 0
    assert "unknown-owner" not in check.out
    assert len(list(root.glob("support/rotas/*.toml"))) == 4


def test_other_markdown_is_mapped_and_not_touched(docs: Path, run_kb: RunKb) -> None:
    """With --yes kb.toml is written, with the rules explained, no card changes, and the cards have their dates, intervals and owners."""
    before = read_all(docs)
    made = run_kb("init", "--yes", "--format", "json", cwd=docs)
    data = json.loads(made.out)["data"]
    assert made.code == 0
    assert data["mode"] == "adopt"
    assert data["written"] == ["kb.toml"]
    assert data["settings"]["fields"] == {
        "verified": "last_reviewed_on", "verify_every": "review_in", "owner": "owner_slack",
    }  # fmt: skip
    assert data["settings"]["include"] == ["source/**/*.html.md.erb"]
    assert data["cards"] == {
        "read": 3, "with_date": 3, "with_bad_date": 0, "with_interval": 3, "with_owner": 3, "translations": 0,
    }  # fmt: skip
    after = read_all(docs)
    assert '#expired = "error"' in after.pop("kb.toml").decode()
    assert after == before
    listed = run_kb("list", "--state", "expired", cwd=docs).out
    assert len(listed.splitlines()) == 3
    assert "#api" in listed


def test_without_anybody_to_ask_nothing_is_written(docs: Path, run_kb: RunKb) -> None:
    """In a pipe the proposal is shown, and writing it needs --yes."""
    before = read_all(docs)
    shown = run_kb("init", cwd=docs)
    assert shown.code == 3
    assert "field\tverified\tlast_reviewed_on\t3\t2026-04-22\n" in shown.out
    assert "--yes" in shown.err
    assert read_all(docs) == before


def test_the_proposal_is_shown_and_asked_for_on_a_terminal(docs: Path) -> None:
    """A person sees the mapping before the question; declining writes nothing and is no error."""
    child = open_terminal("init", cwd=docs, size=(50, 80))
    child.expect("last_reviewed_on")
    child.expect("With it kb reads 3 cards")
    child.expect(r"Write kb.toml\? No card is changed \[Y/n\]")
    child.sendline("n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert not (docs / "kb.toml").exists()


def test_the_starter_does_not_mix_with_other_markdown(docs: Path, run_kb: RunKb) -> None:
    """--starter in a folder that holds Markdown is refused."""
    assert run_kb("init", "--starter", "--yes", cwd=docs).code == 3
    assert not (docs / "kb.toml").exists()


def test_a_code_project_with_only_its_own_files_gets_a_new_knowledge_base(
    tmp_path: Path, run_kb: RunKb
) -> None:
    """README and CHANGELOG are no cards to adopt; nothing begins among them unless somebody says so."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "README.md").write_text("# Us\n")
    refused = run_kb("init", cwd=tmp_path / "project")
    assert (refused.code, os.listdir(tmp_path / "project")) == (3, ["README.md"])
    assert "--yes" in refused.err
    made = run_kb("init", "--yes", "--format", "json", cwd=tmp_path / "project")
    assert json.loads(made.out)["data"]["mode"] == "new"


def test_a_file_in_the_way_stops_everything(tmp_path: Path, run_kb: RunKb) -> None:
    """When one of the files exists, even ignored by git, none is written."""
    root = tmp_path / "kb"
    make_repository(root)
    (root / ".gitignore").write_text("start/\n")
    (root / "start").mkdir()
    (root / "start" / "card-types.md").write_text("mine")
    made = run_kb("init", "--yes", cwd=root)
    assert made.code == 3
    assert "exists already" in made.err
    assert sorted(os.listdir(root)) == [".git", ".gitignore", "start"]


def test_a_linked_folder_is_not_written_through(tmp_path: Path, run_kb: RunKb) -> None:
    """Where the folder of the first cards is a link that leads outside, nothing is written anywhere."""
    root, outside = tmp_path / "kb", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "start").symlink_to(outside)
    assert run_kb("init", "--yes", cwd=root).code == 3
    assert list(outside.iterdir()) == []
    assert not (root / "kb.toml").exists()

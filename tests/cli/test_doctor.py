"""kb doctor."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor and a pager that exist everywhere."""
    monkeypatch.setenv("EDITOR", "sh")
    monkeypatch.setenv("PAGER", "cat")


def read_facts(done: Outcome) -> dict[str, dict[str, object]]:
    """The facts by section and name."""
    return {f"{fact['section']}: {fact['name']}": fact for fact in json.loads(done.out)["data"]["facts"]}


def test_a_sound_knowledge_base_has_no_problem(kb_root: Path, run_kb: RunKb) -> None:
    """Versions, root, settings with their origin, git, cards and index are told."""
    done = run_kb("doctor", "--format", "json", cwd=kb_root)
    facts = read_facts(done)
    assert [fact for fact in facts.values() if not fact["ok"]] == []
    assert done.code == 0
    assert facts["knowledge base: root"]["value"] == str(kb_root)
    assert facts["versions: whoosh"]["value"] == "2.7.4"
    assert facts["git: you"]["value"] == "Ada Example <ada@example.org>"
    assert facts["cards: read"]["value"] == "3"
    assert facts["settings: title"]["origin"] == "kb.toml"
    assert facts["settings: pin"]["origin"] == "default"


def test_problems_come_with_what_to_do(
    kb_root: Path, run_kb: RunKb, isolated_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown settings and rules, damaged cards, ignored files, no identity, no editor: each has a remedy."""
    (kb_root / "kb.toml").write_text('titel = "x"\n[rules]\nexpird = "error"\nexpired = "error"\n')
    (kb_root / "api" / "bad.md").write_text("---\ntitle: [\n---\n")
    (kb_root / ".gitignore").write_text("drafts/\n")
    (kb_root / "drafts").mkdir()
    (kb_root / "drafts" / "mine.md").write_text("# Mine\n")
    (isolated_environment / ".gitconfig").write_text("")
    monkeypatch.setenv("EDITOR", "no-such-editor-here")
    done = run_kb("doctor", cwd=kb_root)
    assert done.code == 1
    problems = [line.split("\t") for line in done.out.splitlines() if line.split("\t")[4] == "problem"]
    assert all(row[5] for row in problems)
    text = "\n".join("\t".join(row) for row in problems)
    for word in (
        "titel",
        "expird",
        "bad-front-matter",
        "drafts/mine.md",
        "user.email",
        "no-such-editor-here",
    ):
        assert word in text
    assert "“expired”" not in text


def test_it_works_without_a_knowledge_base(tmp_path: Path, run_kb: RunKb) -> None:
    """Where there is none, that is the problem, and the rest is told."""
    done = run_kb("doctor", "--format", "table", cwd=tmp_path)
    assert done.code == 1
    assert "kb init" in done.out
    assert "versions" in done.out


def test_a_kb_toml_that_cannot_be_read_is_a_problem_not_the_end(kb_root: Path, run_kb: RunKb) -> None:
    """Broken TOML is told as a fact with its remedy."""
    (kb_root / "kb.toml").write_text("title = \n")
    done = run_kb("doctor", cwd=kb_root)
    assert done.code == 1
    assert "not valid TOML" in done.out


def test_the_root_says_how_it_was_found(kb_root: Path, tmp_path: Path, start_kb: RunKb) -> None:
    """KB_HOME and --kb are told apart from the folder one stands in."""
    by_variable = start_kb("doctor", cwd=tmp_path, env={"KB_HOME": str(kb_root)})
    by_flag = start_kb("--kb", str(kb_root), "doctor", cwd=tmp_path)
    assert f"knowledge base\troot\t{kb_root}\tKB_HOME\tok\t\n" in by_variable.out
    assert f"knowledge base\troot\t{kb_root}\t--kb\tok\t\n" in by_flag.out


def test_a_renderer_that_is_not_set_is_told(kb_root: Path, run_kb: RunKb) -> None:
    """Settings of a site generator beside a kb.toml that names no renderer are a problem until it names one."""
    (kb_root / "mkdocs.yml").write_text("site_name: Help\n")
    fact = read_facts(run_kb("doctor", "--format", "json", cwd=kb_root))["settings: pages"]
    assert fact["value"] == "mkdocs.yml tells of mkdocs"
    assert 'renderer = "mkdocs"' in str(fact["remedy"])
    settings = (kb_root / "kb.toml").read_text()
    (kb_root / "kb.toml").write_text(f'renderer = "github"\n{settings}')
    assert "settings: pages" not in read_facts(run_kb("doctor", "--format", "json", cwd=kb_root))


def test_submodules_are_named(kb_root: Path, run_kb: RunKb) -> None:
    """What lies in another repository within this one is said to be no card here."""
    link = f"160000,{'1' * 40},docs"
    subprocess.run(["git", "update-index", "--add", "--cacheinfo", link], cwd=kb_root, check=True)
    done = run_kb("doctor", "--format", "json", cwd=kb_root)
    assert str(read_facts(done)["cards: submodules"]["value"]).startswith("docs: ")
    assert done.code == 0

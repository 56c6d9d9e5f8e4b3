"""The workflow and the hook."""

from pathlib import Path

import pytest
import yaml

from kbcli.config import Config
from kbcli.errors import OutsidePathError
from kbcli.knowledge.edit.initialisation import (
    GATE,
    SITE,
    plan_hook,
    plan_workflow,
    write_automation,
)

EXISTING = """\
# ours
repos:
- repo: https://example.org/hooks
  rev: v1
  hooks:
  - id: trim   # keep
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A knowledge base in the folder `knowledge base` of a repository."""
    root = tmp_path / "knowledge base"
    root.mkdir()
    return Config(root=root, git_root=tmp_path)


def test_the_workflow_runs_the_gate_on_this_knowledge_base(config: Config) -> None:
    """The file is YAML that names the folder, quoted for the shell, and is never written twice."""
    plan = plan_workflow(config, GATE, "git+https://git.example.org/ü/kb@v1")
    assert write_automation(plan)
    steps = yaml.safe_load(plan.path.read_text())["jobs"]["check"]["steps"]
    assert steps[2]["env"]["KB_INSTALL"] == "git+https://git.example.org/ü/kb@v1"
    assert steps[2]["run"] == 'python3 -m pip install "$KB_INSTALL"'
    # A pull request is judged by what it causes, anything else as a whole.
    assert (
        steps[3]["run"] == "kb --kb 'knowledge base' check --base \"origin/$GITHUB_BASE_REF\" --format github"
    )
    assert steps[4]["run"] == "kb --kb 'knowledge base' check --format github"
    assert "pull_request" in steps[3]["if"]
    assert "pull_request" in steps[4]["if"]
    assert not write_automation(plan_workflow(config, GATE, ""))


def test_what_publishes_the_site_may_do_nothing_else(config: Config) -> None:
    """The site is made of the public cards by a job that can only read; the job that can publish runs nothing of kb's."""
    plan = plan_workflow(config, SITE, "git+https://git.example.org/us/kb@v1")
    assert write_automation(plan)
    flow = yaml.safe_load(plan.path.read_text())
    build, deploy = flow["jobs"]["build"], flow["jobs"]["deploy"]
    assert "pull_request" not in flow[True], "a change that nobody has merged is not published"
    assert flow["permissions"] == {}
    assert build["permissions"] == {"contents": "read", "pages": "read"}
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    assert [step.get("uses") for step in deploy["steps"]] == ["actions/deploy-pages@v4"]
    runs = [step for step in build["steps"] if "run" in step]
    assert runs[0]["env"]["KB_INSTALL"] == "kb-support[site] @ git+https://git.example.org/us/kb@v1"
    assert (
        runs[1]["run"]
        == 'kb --kb \'knowledge base\' export site "$RUNNER_TEMP/site" --public --address "$ADDRESS"'
    )
    assert not any("${{" in step["run"] for step in runs), "nothing of GitHub's is put into a command line"


def test_a_new_hook_file_is_made(config: Config) -> None:
    """Without a file there is one afterwards, for the cards' endings below the folder."""
    write_automation(plan_hook(config._replace(extensions=(".html.md.erb",))))
    data = yaml.safe_load((config.git_root or config.root).joinpath(".pre-commit-config.yaml").read_text())
    assert data["repos"][0]["hooks"][0]["files"] == r"^knowledge\ base/.*(\.html\.md\.erb)$"
    assert not write_automation(plan_hook(config))


def test_a_hook_is_added_after_the_others(config: Config) -> None:
    """What stands in the file stays, byte for byte; the hook follows."""
    path = (config.git_root or config.root) / ".pre-commit-config.yaml"
    path.write_text(EXISTING)
    assert write_automation(plan_hook(config))
    text = path.read_text()
    assert text.startswith(EXISTING)
    assert [repo["repo"] for repo in yaml.safe_load(text)["repos"]] == ["https://example.org/hooks", "local"]


@pytest.mark.parametrize(
    "text", [f"{EXISTING}ci:\n  skip: []\n", "repos: []\n", "repos: [", "- repo: x\n", "\xff"], ids=range(5)
)
def test_a_file_that_cannot_be_added_to_safely_is_left_alone(config: Config, text: str) -> None:
    """Flow style, another last key or damage: nothing is written, a person gets the lines to add."""
    path = (config.git_root or config.root) / ".pre-commit-config.yaml"
    path.write_text(text, encoding="latin-1")
    before = path.read_bytes()
    plan = plan_hook(config)
    assert not write_automation(plan)
    assert "id: kb-check" in plan.snippet
    assert path.read_bytes() == before


def test_a_link_that_leads_outside_is_not_followed(
    config: Config, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In a hostile clone .github or the hook file may lead elsewhere: nothing is read or written there."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "hooks.yaml").write_text("repos:\n- repo: x\n")
    base = config.git_root or config.root
    (base / ".github").symlink_to(outside)
    (base / ".pre-commit-config.yaml").symlink_to(outside / "hooks.yaml")
    with pytest.raises(OutsidePathError):
        plan_workflow(config, GATE, "kb")
    with pytest.raises(OutsidePathError):
        plan_hook(config)
    assert sorted(path.name for path in outside.iterdir()) == ["hooks.yaml"]

"""Which renderer is told by the files of a repository."""

from pathlib import Path

import pytest

from kbcli.foundation.git.process import run_git
from kbcli.knowledge.edit.renderers import Sign, find_base, find_renderer


@pytest.mark.parametrize(
    ("site", "markup"),
    [
        ("hugo.toml", "config/_default/markup.toml"),
        ("config/_default/config.toml", "config/_default/markup.toml"),
    ],
)
def test_hugos_markup_may_stand_in_a_file_of_its_own(tmp_path: Path, site: str, markup: str) -> None:
    """What config/_default/markup.toml says of headings counts as if it stood in the settings of the site."""
    for name, text in (
        (site, "baseURL = 'https://example.org'\n"),
        (markup, "[goldmark.parser]\nautoHeadingIDType = 'blackfriday'\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert find_renderer(tmp_path, tmp_path) == Sign("hugo-blackfriday", site)


@pytest.mark.parametrize(
    ("name", "text", "renderer"),
    [
        ("mkdocs.yml", "site_name: Help\n", "mkdocs"),
        ("mkdocs.yml", "- toc:\n    slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}\n", "mkdocs-pymdownx"),
        ("mkdocs.yml", "- toc:\n    permalink: true\n- pymdownx.tabbed:\n    slugify: !!python/object/apply:pymdownx.slugs.slugify\n", "mkdocs"),
        ("docs/myst.yml", "version: 1\n", "myst"),
        ("docs/conf.py", "extensions = ['myst_parser']\n", "myst"),
        ("docs/conf.py", "extensions = ['sphinx.ext.autodoc']\n", "github"),
        ("_config.yml", "title: Book\nsphinx:\n  extra_extensions: []\n", "myst"),
        (".vitepress/config.ts", "export default {}\n", "vitepress"),
        ("docs/.vuepress/config.js", "module.exports = {}\n", "vitepress"),
        ("mkdocs.yaml", "- toc:\n    slugify: !!python/name:markdown.extensions.toc.slugify_unicode\n", "mkdocs-unicode"),
        ("hugo.toml", "baseURL = 'https://example.org'\n", "hugo"),
        ("hugo.yaml", "markup: {goldmark: {parser: {autoHeadingIDType: blackfriday}}}\n", "hugo-blackfriday"),
        ("config.toml", "theme = 'docsy'\n[markup.goldmark.parser]\nautoHeadingIDType = \"github-ascii\"\n", "hugo-ascii"),
        ("hugo.toml", "[markup.goldmark.extensions]\ntypographer = false\n", "hugo-dashes"),
        ("hugo.toml", "[markup.goldmark.extensions.typographer]\ndisable = true\n", "hugo-dashes"),
        ("hugo.yaml", "markup:\n  goldmark:\n    extensions:\n      typographer:\n        enDash: '--'\n", "hugo-dashes"),
        ("hugo.yaml", "markup: {goldmark: {extensions: {typographer: {disable: false}}}}\n", "hugo"),
        ("config/_default/config.yaml", "baseURL: https://example.org\n", "hugo"),
        ("docs/config.toml", "base_url = 'https://example.org'\ntheme = 'x'\n", "zola"),
        ("astro.config.mjs", "export default {}\n", "astro"),
        ("zola.toml", "title = 'x'\n", "zola"),
        ("guide/book.toml", "[book]\ntitle = 'x'\n", "mdbook"),
        ("docs/index.html", "<script>window.$docsify = {}</script>\n", "docsify"),
        ("index.html", "<p>Hello</p>\n", "github"),
        ("config.toml", "[database]\nhost = 'x'\n", "github"),
        ("docusaurus.config.ts", "export default {title: 'Help'}\n", "docusaurus"),
        ("website/docusaurus.config.js", "module.exports = {markdown: {anchors: {maintainCase: true}}}\n", "docusaurus-case"),
        ("docs/en/mkdocs.yml", "site_name: Help\n", "mkdocs"),
        ("node_modules/theme/mkdocs.yml", "site_name: Theme\n", "github"),
        ("_config.yml", "title: Help\n", "jekyll"),
        ("_config.yml", "markdown: kramdown\nkramdown:\n  input: GFM\n", "jekyll"),
        ("_config.yml", "kramdown:\n  input: kramdown\n", "kramdown"),
        ("_config.yml", "markdown: CommonMarkGhPages\n", "github"),
        ("config.rb", "require 'govuk_tech_docs'\nGovukTechDocs.configure(self)\n", "tech-docs"),
        ("config.rb", "activate :blog\n", "github"),
        (".obsidian/app.json", "{}\n", "obsidian"),
        (".gitlab-ci.yml", "pages: {}\n", "gitlab"),
        ("README.md", "mkdocs.yml\n", "github"),
    ],
)  # fmt: skip
def test_a_renderer_is_told_by_its_settings(tmp_path: Path, name: str, text: str, renderer: str) -> None:
    """The settings of a site generator, a vault or a host's pipeline name what renders the pages."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert find_renderer(tmp_path, None).renderer == renderer


def test_of_two_generators_that_of_most_pages_counts(tmp_path: Path) -> None:
    """A site beside the documentation does not say how that is rendered; one without pages of its own does."""
    for name, text in (
        ("site/astro.config.mjs", "export default {}\n"),
        ("source/conf.py", "extensions = ['myst_parser']\n"),
        ("source/one.md", "# One\n"),
        ("notes/two.md", "# Two\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert find_renderer(tmp_path, None).renderer == "astro"
    (tmp_path / "source/three.md").write_text("# Three\n")
    assert find_renderer(tmp_path, None) == Sign("myst", "source/conf.py")


@pytest.mark.parametrize(
    ("name", "text", "base"),
    [
        ("docusaurus.config.js", "module.exports = {url: 'https://x.org', baseUrl: '/handbook/'};\n", "/handbook/"),
        ("docusaurus.config.js", "module.exports = {baseUrl: '/'};\n", ""),
        ("hugo.toml", "baseURL = 'https://example.org/docs/en'\n", "/docs/en/"),
        ("mkdocs.yml", "site_name: Help\nsite_url: https://example.org/help/\n", "/help/"),
        ("_config.yml", "url: https://example.org\nbaseurl: /help\n", "/help/"),
        (".vitepress/config.mts", "export default {\n  base: '/help/',\n}\n", "/help/"),
        ("README.md", "base: /help/\n", ""),
    ],
)  # fmt: skip
def test_where_a_site_lies_is_told_by_its_settings(tmp_path: Path, name: str, text: str, base: str) -> None:
    """The path of its address on its host, which its links may begin with."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert find_base(tmp_path, find_renderer(tmp_path, None)) == base


def test_the_nearest_settings_count(tmp_path: Path) -> None:
    """Settings in the folder come before those above it, and a site before the host of the repository."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in (".gitlab-ci.yml", "mkdocs.yml", "docs/hugo.toml"):
        (tmp_path / name).write_text("\n")
    assert find_renderer(docs, tmp_path) == Sign("hugo", "hugo.toml")
    (docs / "hugo.toml").unlink()
    assert find_renderer(docs, tmp_path) == Sign("mkdocs", "../mkdocs.yml")
    assert find_renderer(docs, docs) == Sign("github", "")


@pytest.mark.parametrize(
    ("address", "renderer"),
    [
        ("git@gitlab.com:a/b.git", "gitlab"),
        ("https://gitlab.example.org/a/b", "gitlab"),
        ("https://git.example.org/gitlab/b", "github"),
        ("git@github.com:gitlabhq/gitlabhq.git", "github"),
    ],
)
def test_a_remote_tells_of_gitlab(tmp_path: Path, address: str, renderer: str) -> None:
    """Where no file tells, the address of the repository does."""
    run_git(tmp_path, "init", "-q")
    run_git(tmp_path, "remote", "add", "origin", address)
    assert find_renderer(tmp_path, tmp_path).renderer == renderer


def test_settings_outside_or_unreadable_tell_nothing(tmp_path: Path) -> None:
    """A link out of the repository is not followed, and a folder of that name is no settings."""
    root = tmp_path / "repository"
    (root / "mkdocs.yml").mkdir(parents=True)
    (tmp_path / "secret").write_text("slugify_unicode\n")
    (root / "mkdocs.yaml").symlink_to(tmp_path / "secret")
    assert find_renderer(root, root).renderer == "github"

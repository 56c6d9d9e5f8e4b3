"""Taking on Markdown that exists already."""

from datetime import date
from pathlib import Path

from kbcli.config import load_config
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.adoption import Proposal, find_markdown, propose_settings, summarise_adoption
from kbcli.knowledge.gate.rule import CheckContext
from kbcli.knowledge.gate.rules.links import find_broken_links

TODAY = date(2026, 11, 21)
REVIEWED = "---\ntitle: T\nlast_reviewed_on: 2026-04-22\nreview_in: 6 months\n---\nText\n"


def propose(root: Path, files: dict[str, str]) -> Proposal:
    """The proposal for a folder with these files."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return propose_settings(root, None, find_markdown(root, None), TODAY)


def test_only_the_folder_and_the_ending_that_hold_cards_are_included(tmp_path: Path) -> None:
    """Templates with front matter are cards; partials of another ending and project files are not."""
    proposal = propose(tmp_path / "docs", {
        "source/a.html.md.erb": REVIEWED, "source/b/c.html.md.erb": REVIEWED,
        "source/b/_partial.md": "no front matter", "security.md": "x", "notes/plain.html.md.erb": "no front matter",
    })  # fmt: skip
    assert proposal.settings["extensions"] == [".html.md.erb"]
    assert proposal.settings["include"] == ["source/**/*.html.md.erb"]
    assert proposal.found == 4
    summary = summarise_adoption(proposal, TODAY)
    assert (summary.cards, summary.dated, summary.timed, summary.owned) == (2, 2, 2, 0)
    assert [trust.state for _, trust in summary.examples] == ["expired"]


def test_markdown_everywhere_needs_no_include(tmp_path: Path) -> None:
    """Where every folder holds cards the defaults fit; the project's own files and templates are excluded."""
    proposal = propose(tmp_path, {
        "a/x.md": REVIEWED, "b/y.md": REVIEWED, "b/_TEMPLATE.md": REVIEWED, "top.md": REVIEWED, "README.md": "# Us",
    })  # fmt: skip
    assert "include" not in proposal.settings
    assert "extensions" not in proposal.settings
    assert proposal.settings["exclude"] == ["README.md", "**/_TEMPLATE.md"]
    assert summarise_adoption(proposal, TODAY).cards == 3


def test_other_endings_are_kept_together(tmp_path: Path) -> None:
    """.mdx beside .md gives both endings, each file one card."""
    proposal = propose(tmp_path, {"docs/x.md": REVIEWED, "docs/y.mdx": REVIEWED, "src/plain.md": "no"})
    assert proposal.settings["extensions"] == [".mdx", ".md"]
    assert proposal.settings["include"] == ["docs/**/*{.mdx,.md}"]
    assert summarise_adoption(proposal, TODAY).cards == 2


def test_translations_are_found_with_their_source(tmp_path: Path) -> None:
    """Language folders become a pattern, after which kb knows each card's language and source."""
    files = {
        f"{lang}/{name}.md": "---\ntitle: T\n---\nText\n"
        for lang in ("en", "zh-cn")
        for name in ("pod", "node")
    }
    proposal = propose(tmp_path, files)
    assert proposal.settings["translations"] == {"pattern": "{lang}/{path}", "source": "en"}
    assert summarise_adoption(proposal, TODAY).translations == 2
    assert "begins unverified" in proposal.notes[-1]


def test_plain_markdown_is_taken_as_it_is(tmp_path: Path) -> None:
    """Files without any front matter are all cards."""
    proposal = propose(tmp_path, {"a/x.md": "# X\n", "y.md": "# Y\n"})
    assert set(proposal.settings) == {"title"}
    assert summarise_adoption(proposal, TODAY).cards == 2


def test_damaged_front_matter_is_counted_not_fatal(tmp_path: Path) -> None:
    """A file that cannot be read is a note, and the rest is recognised."""
    proposal = propose(
        tmp_path, {"x.md": REVIEWED, "y.md": "---\ntitle: [\n---\n", "z.md": "---\ntitle: open\n"}
    )
    assert proposal.config.fields["verified"] == "last_reviewed_on"
    assert "2 files have front matter that cannot be read" in proposal.notes[-1]


def test_what_a_file_says_cannot_break_the_settings(tmp_path: Path) -> None:
    """Names and words from front matter are data: quotes and newlines in them stay inside kb.toml's texts."""
    evil = '---\nstatus: "x\\"]\\nfoo = 1"\n"last reviewed": 2026-01-01\n---\n'
    proposal = propose(
        tmp_path,
        {f"{name}.md": evil for name in "abc"} | {f"{n}.md": "---\nstatus: done\n---\n" for n in "defghi"},
    )
    assert proposal.config.warnings == ()
    assert proposal.config.values["status"]['x"]\nfoo = 1'] == "active"


def test_the_renderer_of_the_repository_is_proposed(tmp_path: Path) -> None:
    """What makes the pages is set, and said with what told of it; where nothing tells, GitHub is the default."""
    proposal = propose(tmp_path, {"docs/a.md": REVIEWED, "mkdocs.yml": "site_name: Help\n"})
    assert proposal.settings["renderer"] == proposal.config.renderer == "mkdocs"
    assert "which mkdocs.yml tells of" in "".join(proposal.notes)
    plain = propose(tmp_path / "other", {"docs/a.md": REVIEWED})
    assert "renderer" not in plain.settings
    assert plain.config.renderer == "github"


def test_a_little_front_matter_here_and_there_excludes_nothing(tmp_path: Path) -> None:
    """Where no ending has front matter in a tenth of its files, all are cards, as where none has any."""
    files = {f"docs/{number}.md": "# Text" for number in range(15)} | {
        "docs/first.md": "---\nhide: [toc]\n---\n# Text"
    }
    proposal = propose(tmp_path, files)
    assert "extensions" not in proposal.settings
    assert summarise_adoption(proposal, TODAY).cards == 16


def test_dates_without_an_interval_get_one_by_default(tmp_path: Path) -> None:
    """Else nothing would ever fall due; the note says how many there are."""
    dated = "---\ntitle: T\nlast_reviewed_on: 2024-04-22\n---\nText\n"
    proposal = propose(tmp_path, {"a.md": dated, "b.md": dated, "c.md": REVIEWED})
    assert proposal.settings["verify_every"] == "1y"
    assert any("2 of 3 dated pages say not for how long" in note for note in proposal.notes)
    assert summarise_adoption(proposal, TODAY).trust.counts["expired"] == 3
    assert "verify_every" not in propose(tmp_path / "timed", {"a.md": REVIEWED}).settings


def test_layouts_partials_and_templates_are_no_cards(tmp_path: Path) -> None:
    """Their folders are excluded, wherever they lie; pages about templates are cards, and so is what is all there is."""
    page = "---\ntitle: T\n---\nText\n"
    proposal = propose(tmp_path / "site", {
        "docs/a.md": page, "docs/_includes/b.md": page, "Templates/Note.md": "---\ntitle: '{{title}}'\n---\n",
        "docs/layouts/c.md": "Nothing\n", "archetypes/default.md": page, "docs/templates/about.md": page, "d.md": page,
    })  # fmt: skip
    assert proposal.settings["exclude"] == [
        "Templates/**",
        "archetypes/**",
        "docs/_includes/**",
        "docs/layouts/**",
    ]
    assert summarise_adoption(proposal, TODAY).cards == 3
    assert any("4 files are left out as templates: Templates/Note.md, " in note for note in proposal.notes)
    assert summarise_adoption(propose(tmp_path / "all", {"partials/a.md": "x"}), TODAY).cards == 1
    config = "export default { srcDir: 'src', srcExclude: ['parts/**/*.md', 'x.txt'] }\n"
    site = {
        ".vitepress/config.ts": config,
        "src/a.md": "# A\n",
        "src/b.md": "# B\n",
        "src/parts/c.md": "# C\n",
    }
    assert propose(tmp_path / "vitepress", site).settings["exclude"] == ["src/parts/**/*.md"]


def test_drawings_and_patterns_of_pages_are_no_cards(tmp_path: Path) -> None:
    """Obsidian's drawings and the file from which VitePress makes many pages are left out and named; `[a] b.md` is a page."""
    page = "---\ntags: [a]\n---\n# Excalidraw Data\n"
    files = dict.fromkeys(("a.md", "draw/b.excalidraw.md", "p/[id].md", "p/[a] b.md"), page)
    proposal = propose(tmp_path, files)
    assert proposal.settings["exclude"] == ["**/*.excalidraw.md", "p/[id].md"]
    assert summarise_adoption(proposal, TODAY).cards == 2
    named = "2 files are left out as drawings, or patterns of pages: draw/b.excalidraw.md, p/[id].md."
    assert named in proposal.notes


def test_what_is_left_out_is_named_with_its_reason(tmp_path: Path) -> None:
    """Notes without front matter beside a folder that has it, another ending, and the project's own files."""
    files = {f"loose/{number}.md": "plain" for number in range(7)}
    proposal = propose(
        tmp_path, {"notes/a.md": REVIEWED, "README.md": "# Us", "notes/b.mdx": "plain", **files}
    )
    said = "\n".join(proposal.notes)
    assert (
        "7 files are left out without front matter, in a folder where no page has any: loose/0.md, " in said
    )
    assert "and 2 more." in said
    assert "as hardly any page that ends with .mdx has front matter: notes/b.mdx." in said
    assert "as the project's own: README.md." in said


def test_rules_about_what_no_page_says_are_switched_off(tmp_path: Path) -> None:
    """In many pages without an owner or a date the gate would find each; in a few it stays on."""
    pages = {f"{number}.md": "---\ntitle: T\n---\nText\n" for number in range(10)}
    assert propose(tmp_path / "many", pages).settings["rules"] == {
        "unverified": "off",
        "missing-owner": "off",
    }
    assert "rules" not in propose(tmp_path / "few", dict(list(pages.items())[:3])).settings
    owned = {path: text.replace("title: T", "title: T\nowner: ada") for path, text in pages.items()}
    assert propose(tmp_path / "owned", owned).settings["rules"] == {"unverified": "off"}
    one = {**pages, "9.md": owned["9.md"]}
    assert "missing-owner" in propose(tmp_path / "one", one).config.rules
    dated = pages["0.md"].replace("title: T", "title: T\nverified: 2026-11-01")
    many = {f"{number}.md": pages["0.md"] for number in range(30)}
    assert "unverified" in propose(tmp_path / "rare", {**many, "0.md": dated, "1.md": dated}).config.rules
    plain = dict.fromkeys(pages, "# Heading\n\nText\n")
    off = ("unverified", "missing-title", "missing-owner")
    assert propose(tmp_path / "plain", plain).settings["rules"] == dict.fromkeys(off, "off")


def test_the_language_of_the_pages_is_the_default(tmp_path: Path) -> None:
    """A Japanese site is Japanese; one in English needs no setting."""
    pages = {
        f"{number}.md": f"---\ntitle: T\n---\n再試行する前に{number}分間待ってください。\n"
        for number in range(3)
    }
    assert propose(tmp_path / "ja", pages).settings["lang"] == "ja"
    assert (
        "lang"
        not in propose(tmp_path / "en", {"a.md": "Wait for a minute before you try it again.\n"}).settings
    )


def test_where_links_from_the_top_lead_is_found(tmp_path: Path) -> None:
    """Most of them lead to pages of one folder, and pictures of another: both become roots; without pages there is none."""
    pages = {
        f"src/content/{name}.md": f"---\ntitle: {name}\n---\n[x](/{name}) ![](/i/{name}.png)\n"
        for name in "abcdef"
    }
    pictures = {f"public/i/{name}.png": "" for name in "abc"}
    proposal = propose(tmp_path / "site", {**pages, **pictures, "mkdocs.yml": "nav: []"})
    assert proposal.config.links_roots == ("src/content", "public")
    assert any(
        "12 links begin with / and are followed from src/content, public" in note for note in proposal.notes
    )
    assert any(note.startswith("mkdocs.yml names pages") for note in proposal.notes)
    below = {f"apps/{path}": text for path, text in {**pages, **pictures}.items()}
    assert propose(tmp_path / "below", below).config.links_roots == ("apps/src/content", "apps/public")
    docsify = {"docs/index.html": "<script>window.$docsify = {}</script>", "docs/a.md": "[x](b.md)\n"}
    assert propose(tmp_path / "docsify", docsify).config.links_roots == ("docs",)
    lost = propose(tmp_path / "lost", {path: text.replace("(/", "(/api/") for path, text in pages.items()})
    assert lost.config.links_roots == ()
    assert any("not followed: nothing tells where they lead" in note for note in lost.notes)


def test_languages_are_roots_of_what_lies_in_them(tmp_path: Path) -> None:
    """Where links of each language lead into its folder, a pattern stands for all the folders."""
    pages = {
        f"content/{lang}/{name}-{lang}.md": f"---\ntitle: {name} {lang}\n---\n"
        + " ".join(f"[x](/{other}-{lang}/)" for other in "abcdef")
        for lang in ("de", "en", "fr")
        for name in "abcdef"
    }
    assert propose(tmp_path, {**pages, "hugo.toml": ""}).config.links_roots == ("content/*",)


def test_the_top_is_a_root_where_only_files_are_linked_from_there(tmp_path: Path) -> None:
    """Pictures from the site's root are found there, though no page is."""
    pages = {f"pages/{name}.md": f"---\ntitle: {name}\n---\n![x](/assets/x.png)\n" for name in "abc"}
    proposal = propose(tmp_path, {**pages, "assets/x.png": ""})
    assert proposal.config.links_roots == (".",)
    assert any("followed from the top folder" in note for note in proposal.notes)
    beside = {
        **{path.replace("pages/", "docs/"): text for path, text in pages.items()},
        "docs/public/assets/x.png": "",
    }
    assert propose(tmp_path / "beside", beside).config.links_roots == ("docs/public",)


def test_wiki_links_that_lead_to_notes_tell_of_a_vault(tmp_path: Path) -> None:
    """Without a renderer's settings the renderer is then Obsidian; beside one, wiki links are set; rare ones are none."""
    notes = {f"{name}.md": f'[[{name}]] [[Note {name}|x]] {{{{< ref "a" >}}}}\n' for name in "abc"}
    more = {f"deep/Note {name}.md": "Text\n" for name in "abc"}
    vault = propose(tmp_path / "vault", {**notes, **more})
    assert (vault.config.renderer, vault.config.links_wiki) == ("obsidian", True)
    assert any("6 links are written [[so]] and are followed" in note for note in vault.notes)
    assert any("3 links are written with Hugo’s ref and relref" in note for note in vault.notes)
    site = propose(tmp_path / "site", {**notes, **more, "mkdocs.yml": "site_name: x"})
    assert (site.config.renderer, site.config.links_wiki) == ("mkdocs", True)
    assert propose(tmp_path / "none", {**notes, "d.md": "[[1]] [[2]] [[3]]\n"}).config.links_wiki is False


def test_older_versions_are_kept_in_the_background(tmp_path: Path) -> None:
    """Folders of versions hold the same pages: those of the newest come first; folders of years are none."""
    pages = [f"docs/v{version}/{name}.md" for version in ("1.9", "1.10", "2.0") for name in ("a", "b", "c")]
    posts = ["blog/2023/index.md", "blog/2024/index.md"]
    proposal = propose(tmp_path, dict.fromkeys([*pages, *posts], "---\ntitle: T\n---\nText\n"))
    assert proposal.config.background == ("docs/v1.9/**", "docs/v1.10/**")


def test_copies_are_no_cards(tmp_path: Path) -> None:
    """What others wrote, pages of old versions and texts for tests are left out and named, unless they are all that there is."""
    page = "---\ntitle: T\n---\nText\n"
    pages = {
        "docs/a.md": page,
        "docs/lib/vendor/x.md": page,
        "tools/vendor/y/z.md": page,
        "versioned_docs/version-1/a.md": page,
        "tests/fixtures/a.md": page.replace("title: T", "title: T\nverified: 2026-01-01"),
    }
    proposal = propose(tmp_path / "site", {**pages, "notes.txt": ""})
    assert summarise_adoption(proposal, TODAY).cards == 1
    assert proposal.settings["include"] == ["docs/**/*.md"]
    assert proposal.settings["exclude"] == ["docs/lib/vendor/**"]
    assert any("4 files are left out as copies" in note for note in proposal.notes)
    assert "verified" not in {item.field for item in proposal.evidence}
    assert "exclude" not in propose(tmp_path / "about", {"docs/tests/x.md": page, "docs/y.md": page}).settings
    assert summarise_adoption(propose(tmp_path / "lib", {"vendor/x.md": page}), TODAY).cards == 1


def test_sources_may_lie_beside_the_folders_of_languages(tmp_path: Path) -> None:
    """Then kb.toml says where they lie, and each translation knows its source."""
    names = ("start", "build", "share")
    files = {f"posts/{name}.md": "---\ntitle: T\n---\nThe words that this is about.\n" for name in names}
    for lang in ("de", "zh-hant"):
        files |= {f"posts/{lang}/{name}.md": "---\ntitle: T\n---\nText\n" for name in names}
    files["posts/zh-hant/more.md"] = "---\ntitle: T\n---\nText\n"
    proposal = propose(tmp_path, files)
    assert proposal.settings["translations"] == {
        "pattern": "posts/{lang}/{path}", "source": "en", "source_path": "posts/{path}",
    }  # fmt: skip
    cards = load_library(proposal.config).by_id
    assert (cards["posts/de/start"].lang, cards["posts/de/start"].translation_of) == ("de", "posts/start")
    assert (cards["posts/start"].lang, cards["posts/start"].translation_of) == ("en", "")


def test_folders_of_languages_without_common_names_tell_the_language(tmp_path: Path) -> None:
    """Vaults side by side: each folder's pages are in its language, and its notes link to each other."""
    texts = {
        "de": "Wie du die Datei in den Ordner legst und was das für die Notiz ist.",
        "en": "How to put the file in the folder and what that is for the note.",
        "fr": "Comment mettre le fichier dans le dossier et ce que c'est pour la note.",
        "da": "Sådan lægger du filen i mappen, og hvad det er for noten.",
    }
    files = {f"{lang}/{lang} {number}.md": f"{text}\n" for lang, text in texts.items() for number in (1, 2)}
    (tmp_path / ".obsidian").mkdir()
    proposal = propose(tmp_path, files)
    assert proposal.settings["links"] == {"roots": ["*"]}
    assert {card.path[:2]: card.lang for card in load_library(proposal.config).cards} == {
        lang: lang for lang in texts
    }
    departments = {f"{name}/{name} {n}.md": texts["en"] for name in ("hr", "it", "de") for n in (1, 2)}
    assert "defaults" not in propose(tmp_path / "work", departments).settings


def test_a_folder_in_another_language_has_it_whatever_its_name(tmp_path: Path) -> None:
    """Where most pages are English, those of esp/ are Spanish, so that equal titles of the two are no duplicates."""
    texts = {
        "en": "How to put the file in the folder.",
        "esp": "Cómo poner el archivo en la carpeta para la nota.",
    }
    files = {f"{top}/{number}.md": f"{text}\n" for top, text in texts.items() for number in range(10)}
    assert propose(tmp_path, files).settings["defaults"] == [{"paths": ["esp/**"], "lang": "es"}]


def test_what_a_build_makes_is_proposed_as_generated(tmp_path: Path) -> None:
    """Pages of a folder, and files of one ending, that mostly are not there are no slips; a few are, and how many is said."""
    links = "".join(f"[x](/repos/r{number}) [y](/pages/p{number}.html)\n" for number in range(12))
    files = {f"content/pages/p{number}.md": f"![a](pictures/{number}.svg)\n" for number in range(12)}
    files |= {
        "content/start.md": f"{links}[y](/pages/no.html) [z](/repos/all)\n",
        "content/repos/all.md": "Text\n",
    }
    (tmp_path / "hugo.toml").write_text("")
    proposal = propose(tmp_path, files)
    assert proposal.settings["links"] == {"roots": ["content"], "generated": ["repos/*.html", "**/*.svg"]}
    assert any(note.startswith("12 of 13 ") and "repos/*.html" in note for note in proposal.notes)
    (tmp_path / "kb.toml").write_text(proposal.text)
    found = find_broken_links(CheckContext(load_library(load_config(tmp_path, None)), TODAY))
    assert [one.subject for one in found] == ["/pages/no.html"]


def test_pages_are_cards_where_hardly_any_has_front_matter(tmp_path: Path) -> None:
    """Two headed pages of a website among thirty chapters without front matter leave none of those out."""
    files = {f"document/{number}.md": "# Text\n" for number in range(28)}
    files |= {f"website/{name}.md": f"---\ntitle: {name}\n---\nText\n" for name in ("index", "about")}
    assert len(propose(tmp_path, files).library.cards) == 30


def test_folders_beside_those_of_languages_are_no_languages(tmp_path: Path) -> None:
    """`api-playground` is a folder of English pages beside `es` and `fr`, whatever a tag of a language may look like."""
    files = {f"{top}api-playground/{n}.md": f"# {n}\n" for top in ("", "es/", "fr/") for n in range(6)}
    cards = propose(tmp_path, files).library.by_path
    assert cards["es/api-playground/1.md"].lang == "es"
    assert cards["api-playground/1.md"].lang == "en"


def test_few_links_that_lead_nowhere_are_broken(tmp_path: Path) -> None:
    """Seven pages that are not there are seven slips: nothing is guessed from them, nor from a half of many."""
    slips = "".join(f"[x](gone/{number}.md)\n" for number in range(7))
    assert "links" not in propose(tmp_path / "few", {"a.md": slips}).settings
    files = {f"docs/{number}.md": f"[x](gone{number}.md) [y]({number}.md)\n" for number in range(20)}
    assert "links" not in propose(tmp_path / "many", files).settings


def test_untranslated_pages_are_told_by_the_links_to_them(tmp_path: Path) -> None:
    """Where the links of translations lead to the source's pages, a site shows those in their place."""
    names = [f"page{number}" for number in range(8)]
    files = {f"docs/en/{name}.md": "# T\n\nText\n" for name in names}
    files |= {f"docs/pt/{name}.md": "".join(f"[x]({one}.md)\n" for one in names) for name in names[:3]}
    (tmp_path / "mkdocs.yml").write_text("site_name: Help\n")
    proposal = propose(tmp_path, files)
    assert proposal.settings["translations"] == {
        "pattern": "docs/{lang}/{path}", "source": "en", "fallback": True,
    }  # fmt: skip

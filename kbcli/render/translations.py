"""The state of translations, and what changed in their sources."""

from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.trust.translations import TranslationReport
from kbcli.operations.translations import TranslationList
from kbcli.render.ansi import pad_cell, pad_id, paint
from kbcli.render.diff import format_diff
from kbcli.render.escape import format_rows, make_line
from kbcli.render.formats import View

_MARKS = {"missing": "·", "outdated": "≠", "unpinned": "?", "current": "✓"}
_STYLES = {"missing": "dim", "outdated": "red", "unpinned": "yellow", "current": "green"}


def format_translation_lines(translations: TranslationList, view: View) -> str:
    """One source and language a line, tab-separated: source ID, language, state, translation ID, basis.

    What changed in sources follows, where it was asked for.
    """
    rows = (
        (row.source.id, row.lang, row.state, row.translation and row.translation.id, row.basis)
        for row in translations.report.rows
    )
    return format_rows(rows) + _format_changes(translations, view)


def format_translation_table(translations: TranslationList, view: View) -> str:
    """A row a source card and a column a language, then a line a language with its counts, then what changed."""
    return _format_states(translations.report, view) + _format_changes(translations, view)


def describe_translations(translations: TranslationList) -> dict[str, object]:
    """The data of `kb translations`."""
    entries = [
        {
            "source": row.source.id,
            "lang": row.lang,
            "state": row.state,
            "translation": row.translation.id if row.translation else None,
            "basis": row.basis or None,
        }
        for row in translations.report.rows
    ]
    return {"translations": entries, "summary": translations.report.counts}


def _format_changes(translations: TranslationList, view: View) -> str:
    """The source of each outdated translation: what changed since the text that was translated."""
    parts = []
    for row, before in translations.changes:
        parts.append(f"\n{row.source.id} since it was translated into {row.lang}:\n")
        if before is None:
            parts.append("  git history does not have the text that was translated\n")
        else:
            parts.append(format_diff(before, row.source.body, color=view.color, width=view.width))
    return "".join(parts)


def _format_states(report: TranslationReport, view: View) -> str:
    if not report.languages:
        return "No card is a translation.\n"
    by_source: dict[str, dict[str, str]] = {}
    for row in report.rows:
        by_source.setdefault(row.source.id, {})[row.lang] = row.state
    untranslated = [ident for ident, states in by_source.items() if set(states.values()) == {"missing"}]
    if len(untranslated) < len(by_source):
        for ident in untranslated:
            del by_source[ident]
    else:
        untranslated = []
    column = max(2, *(len(lang) for lang in report.languages)) + 1
    color = view.color
    id_width = min(
        max(20, view.width - column * len(report.languages) - 1),
        max((len(ident) for ident in by_source), default=0),
    )
    head = pad_cell("", id_width) + "".join(pad_cell(f" {lang}", column) for lang in report.languages)
    lines = [paint(head.rstrip(), "dim", color=color)]
    for ident, states in by_source.items():
        cells = [_format_cell(states.get(lang, ""), column, color) for lang in report.languages]
        lines.append((pad_id(make_line(ident), id_width) + "".join(cells)).rstrip())
    if untranslated:
        about = f"… and {count_things(len(untranslated), 'card')} in no other language: --state missing lists them"
        lines.append(paint(about, "dim", color=color))
    lines += [
        "",
        *_format_counts(report),
        "",
        paint("  ".join(f"{_MARKS[state]} {state}" for state in _MARKS), "dim", color=color),
    ]
    return "\n".join(lines) + "\n"


def _format_cell(state: str, column: int, color: bool) -> str:
    if not state:
        return " " * column
    return " " + paint(_MARKS[state], _STYLES[state], color=color) + " " * (column - 2)


def _format_counts(report: TranslationReport) -> list[str]:
    lines = []
    for lang in report.languages:
        counts = report.counts[lang]
        total = sum(counts.values())
        parts = ", ".join(
            f"{counts[state]} {state}"
            for state in ("current", "outdated", "unpinned", "missing")
            if counts[state]
        )
        lines.append(f"{lang}: {total - counts['missing']} of {total} translated: {parts}")
    return lines

"""The state of translations on a terminal and in a pipe."""

from kbcli.knowledge.trust.translations import TranslationReport, TranslationStatus
from kbcli.render.ansi import pad_cell, pad_id, paint
from kbcli.render.escape import escape_field, make_line

TRANSLATION_COLUMNS = ("source", "lang", "state", "translation", "basis")
_MARKS = {"missing": "·", "outdated": "≠", "unpinned": "?", "current": "✓"}
_STYLES = {"missing": "dim", "outdated": "red", "unpinned": "yellow", "current": "green"}


def format_translation_lines(rows: tuple[TranslationStatus, ...]) -> str:
    """One source and language a line, tab-separated: source ID, language, state, translation ID, basis."""
    lines = []
    for row in rows:
        fields = (
            row.source.id,
            row.lang,
            row.state,
            row.translation.id if row.translation else "",
            row.basis,
        )
        lines.append("\t".join(escape_field(field) for field in fields) + "\n")
    return "".join(lines)


def format_translation_table(report: TranslationReport, *, width: int, color: bool) -> str:
    """A row a source card and a column a language, then a line a language with its counts."""
    if not report.languages:
        return "No card is a translation.\n"
    by_source: dict[str, dict[str, str]] = {}
    for row in report.rows:
        by_source.setdefault(row.source.id, {})[row.lang] = row.state
    column = max(2, *(len(lang) for lang in report.languages)) + 1
    room = max(20, width - column * len(report.languages) - 1)
    id_width = min(room, max((len(ident) for ident in by_source), default=0))
    head = pad_cell("", id_width) + "".join(pad_cell(f" {lang}", column) for lang in report.languages)
    lines = [paint(head.rstrip(), "dim", color=color)]
    for ident, states in by_source.items():
        cells = [_format_cell(states.get(lang, ""), column, color) for lang in report.languages]
        lines.append((pad_id(make_line(ident), id_width) + "".join(cells)).rstrip())
    legend = "  ".join(f"{_MARKS[state]} {state}" for state in _MARKS)
    lines += ["", *_format_counts(report), "", paint(legend, "dim", color=color)]
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

"""Tables as CSV (RFC 4180), safe to open in a spreadsheet."""

from collections.abc import Iterable, Sequence

from kbcli.render.escape import strip_controls


def format_csv(columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> str:
    """A header and rows. A text that a spreadsheet would run as a formula is led by an apostrophe."""
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            ["" if cell is None else cell if isinstance(cell, int) else _neutralise(cell) for cell in row]
        )
    return stream.getvalue()


def _neutralise(text: str) -> str:
    # https://owasp.org/www-community/attacks/CSV_Injection; tab and newline are gone before the test.
    text = strip_controls(text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) else text

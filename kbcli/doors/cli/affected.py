"""`kb affected`: tickets answered from a text that was corrected since."""

from kbcli.doors.cli.command import CARD, COMMIT, Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb affected refund-policy                     which customers got the old text, and what is different
  kb affected refund-policy --settle 35436      this one knows, or need not
  kb affected refund-policy --editorial         what they got says the same

In a pipe: ticket, day, digest of the text that was sent, tab-separated.
"""

COMMAND = Command(
    "affected",
    "List tickets answered from an older text.\n\nWith the words that differ between what was sent and what is true now.",
    (CARD,),
    (
        Flag("settle", ("--settle",), "texts", "This ticket is dealt with (repeatable).", "TICKET"),
        Flag(
            "editorial",
            ("--editorial",),
            "switch",
            "What was sent says the same as the text of now: nobody need know.",
            default=False,
        ),
        COMMIT._replace(help="Commit exactly the file that says so."),
        make_format_flag("affected"),
    ),
    EXAMPLES,
)

"""What the commands that change cards share: who acts, values that are checked, how a change is reported."""

from collections.abc import Iterable, Mapping, Sequence

from kbcli.config import Config
from kbcli.doors.cli.session import Session
from kbcli.errors import KbError, UsageError
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.trust.states import Trust


def find_actor(session: Session, by: str | None = None) -> str:
    """Who does this: `--by`, else the address (or name) that git knows. Raises KbError when nobody is known."""
    if by is not None:
        if not by.strip():
            raise UsageError("--by names nobody", "Give an address or a name.")
        return by.strip()
    from kbcli.foundation.git.commit import find_identity

    identity = find_identity(session.root)
    if actor := identity.email or identity.name:
        return actor
    raise KbError(
        "git does not know who you are", "Run `git config --global user.email you@example.org`, or use --by."
    )


def check_choice(config: Config, name: str, value: str) -> str:
    """A status, type or audience that exists, in its own spelling. Raises UsageError."""
    from kbcli.knowledge.cards.model import AUDIENCES, STATUSES, TYPES

    choices = {"status": STATUSES, "type": TYPES + config.types, "audience": AUDIENCES}[name]
    found = next((choice for choice in choices if choice.casefold() == value.strip().casefold()), None)
    if found is None:
        raise UsageError(f"“{value}” is not a {name}", f"Use one of: {', '.join(choices)}.")
    return found


def check_interval(value: str) -> str:
    """An interval in kb's short form. Raises UsageError."""
    from kbcli.foundation.calendar import parse_interval

    try:
        return str(parse_interval(value))
    except ValueError as error:
        raise UsageError(f"--every: {error}", "Use 90d, 12w, 6m, 1y or never.") from error


def check_language(value: str) -> str:
    """A language tag in canonical case. Raises UsageError."""
    from kbcli.knowledge.cards.languages import normalize_tag

    try:
        return normalize_tag(value)
    except ValueError as error:
        raise UsageError(f"--lang: {error}", "Use a tag such as en, de or pt-BR.") from error


def write_change(
    session: Session, form: str, card: Card, trust: Trust, *, said: str, plain: Iterable[str],
    data: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Report one changed card: `said` on a terminal, the `plain` fields in a pipe, card and `data` as JSON."""
    if form == "json":
        from kbcli.render.jsonout import describe_card, format_envelope

        session.write(format_envelope(session.command, {"card": describe_card(card, trust), **(data or {})}))
    elif form == "plain":
        from kbcli.render.escape import escape_field

        session.write("\t".join(escape_field(field) for field in plain) + "\n")
    else:
        session.write(said)


def format_state_line(session: Session, card: Card, trust: Trust) -> str:
    """`✓ api/quotas  verified today by ada`, coloured by its state."""
    from kbcli.render.ansi import STATE_MARKS, STATE_STYLES, paint
    from kbcli.render.escape import make_line
    from kbcli.render.words import describe_trust

    phrase = make_line(describe_trust(trust, card.verified, card.verified_by, session.today))
    mark = paint(STATE_MARKS[trust.state], STATE_STYLES[trust.state], color=session.color)
    ident = paint(make_line(card.id), "cyan", color=session.color)
    return f"{mark} {ident}  {paint(phrase, STATE_STYLES[trust.state], color=session.color)}\n"


def commit_verified(session: Session, cards: Sequence[Card], by: str) -> str:
    """One commit of the stamps that `by` gave, and say so; its ID. Raises GitError."""
    from kbcli.foundation.git.commit import Identity, find_identity
    from kbcli.knowledge.edit.verification import commit_stamps

    known = find_identity(session.root)
    verifier = known if by in (known.email, known.name) else Identity(email=by)
    sha = commit_stamps(session.config, cards, verifier, session.today)
    session.say(f"committed {sha[:10]}")
    return sha


def commit_change(session: Session, paths: Iterable[str], message: str) -> str:
    """Commit exactly these paths, relative to the knowledge base, and say so. Raises GitError."""
    from kbcli.foundation.git.commit import commit_files

    sha = commit_files(session.root, list(paths), message)
    session.say(f"committed {sha[:10]}")
    return sha

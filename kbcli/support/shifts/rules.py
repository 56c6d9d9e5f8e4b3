"""bad-shifts, shift-unfilled, shift-away, shift-over-cap, shift-no-debrief: what the gate says of rotas and plan."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from kbcli.errors import KbError
from kbcli.knowledge.gate.rule import CheckContext, Findings, Rule, report_file
from kbcli.support.shifts.board import Board, Turn, find_last_day, list_turns
from kbcli.support.shifts.debriefs import list_debriefs
from kbcli.support.shifts.plan import Plan, PlanError, Seat, load_plan, name_month, parse_month, sort_seats
from kbcli.support.shifts.roster import FOLDER, ROSTER_PATH, Roster, RosterError, has_roster, load_roster

_READS = (ROSTER_PATH, f"{FOLDER}/shifts/**", f"{FOLDER}/**/*.ics")
_SOON = 14
_DEBRIEF_AFTER, _DEBRIEF_WITHIN = 3, 60


def find_bad_shifts(context: CheckContext) -> Findings:
    """What keeps the rotas or the plan from being read."""
    if not has_roster(context.config):
        return
    try:
        load_roster(context.config, context.today)
    except RosterError as error:
        yield report_file("bad-shifts", ROSTER_PATH, error.reason, error.hint, line=error.line)
    except KbError as error:
        yield report_file("bad-shifts", ROSTER_PATH, error.message, error.hint)
    try:
        load_plan(context.config)
    except PlanError as error:
        yield report_file("bad-shifts", error.path, error.reason, error.hint, line=error.line)
    except KbError as error:
        yield report_file("bad-shifts", ROSTER_PATH, error.message, error.hint)


def _open(context: CheckContext) -> tuple[Roster, Plan] | None:
    """Rotas and plan; None where there are none, or they cannot be read, which is a finding of its own."""
    if not has_roster(context.config):
        return None
    try:
        return load_roster(context.config, context.today), load_plan(context.config)
    except KbError:
        return None


def _report(context: CheckContext, rule: str, seat: Seat, message: str, hint: str) -> Findings:
    path = name_month(seat.day)
    text = (context.config.root / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    line = next(
        (
            number
            for number, one in enumerate(lines, 1)
            if not one.startswith("#") and seat.key in parse_month(one, path)
        ),
        1,
    )
    yield report_file(rule, path, message, hint, line=line, subject=seat.name)


def find_unfilled(context: CheckContext) -> Findings:
    """Coming seats that nobody has, and coming turns that no plan has."""
    if (opened := _open(context)) is None:
        return
    roster, plan = opened
    hint = "kb shift plan fills it, or says of each person why not."
    for seat in sort_seats(plan.values()):
        if not seat.person and seat.day >= context.today:
            yield from _report(context, "shift-unfilled", seat, f"nobody takes {seat.name}", hint)
    soon = context.today + timedelta(days=min(roster.publish, _SOON))
    missing = [turn for turn in list_turns(roster, context.today, soon) if turn.key not in plan]
    if missing:
        message = f"{len(missing)} shifts up to {soon} are not planned, the first on {missing[0].first}"
        yield report_file("shift-unfilled", ROSTER_PATH, message, "Run kb shift plan.", subject="plan")


def _list_coming(context: CheckContext) -> Iterator[tuple[Roster, Board, Turn, Seat]]:
    if (opened := _open(context)) is None:
        return
    roster, plan = opened
    board = Board(roster, plan)
    for seat in sort_seats(plan.values()):
        if seat.key in board.turns and find_last_day(roster, seat) >= context.today:
            yield roster, board, board.turns[seat.key], seat


def find_away(context: CheckContext) -> Findings:
    """Coming seats whose holder or buddy is away, has left, or is in no rota."""
    for roster, _, turn, seat in _list_coming(context):
        for name, role in ((seat.person, "takes"), (seat.buddy, "accompanies")):
            member = roster.members.get(name)
            if not name:
                continue
            if member is None or not member.is_member(turn.first, turn.last):
                why = "is not in the rotas then"
            elif (span := member.find_absence(turn.first, turn.last)) is not None:
                why = f"is away {span}"
            else:
                continue
            message = f"{name} {role} {seat.name} and {why}"
            yield from _report(context, "shift-away", seat, message, "Run kb shift plan, or kb shift swap.")


def find_over_cap(context: CheckContext) -> Findings:
    """Months in which somebody has more hours than the cap, once each, at the last shift of the month."""
    last: dict[tuple[str, str, tuple[int, int]], tuple[Seat, float, float]] = {}
    for _, board, turn, seat in _list_coming(context):
        for used, cap in board.find_caps(seat.person, turn) if seat.person else ():
            if used > cap:
                last[seat.person, turn.rota.name, turn.month] = (seat, used, cap)
    found = defaultdict(list)
    for (person, _, _), (seat, used, cap) in last.items():
        found[seat].append(f"{person} has {used:g} hours in {seat.day:%Y-%m}, and may have {cap:g}")
    for seat, messages in found.items():
        yield from _report(
            context, "shift-over-cap", seat, messages[0], "Swap one of the shifts, or raise the cap."
        )


def find_no_debrief(context: CheckContext) -> Findings:
    """Shifts that ended three days to two months ago and left nothing, not even the reason for it.

    Nobody is blamed for a shift from before the rota begins, nor who has left since: they cannot end it any more.
    """
    if (opened := _open(context)) is None:
        return
    roster, plan = opened
    done = list_debriefs(context.config)
    for seat in sort_seats(plan.values()):
        ago = (context.today - find_last_day(roster, seat)).days
        rota, member = roster.find_rota(seat.label), roster.members.get(seat.person)
        if rota is None or seat.day < rota.begins:
            continue
        if member is None or not member.is_member(context.today, context.today):
            continue
        if _DEBRIEF_AFTER <= ago <= _DEBRIEF_WITHIN and seat.name not in done:
            message = f"{seat.person} has not ended the shift {seat.name}"
            hint = f"kb shift end --shift {seat.name} says what was learned, or --nothing REASON."
            yield from _report(context, "shift-no-debrief", seat, message, hint)


RULES = (
    Rule(
        id="bad-shifts",
        severity="error",
        title="Shifts that cannot be read",
        what="support/shifts.toml, a calendar file that it names, or a file of the plan cannot be read.",
        why="Nobody can say who is on, and nothing can be planned.",
        mend="Mend the line it names.",
        find=find_bad_shifts,
        reads=_READS,
    ),
    Rule(
        id="shift-unfilled",
        severity="warning",
        title="A shift that nobody takes",
        what="A coming seat has no holder, or the coming two weeks are not planned.",
        why="On that day nobody answers customers.",
        mend="Run `kb shift plan`: it fills what it can, and says of each person why they cannot.",
        find=find_unfilled,
        reads=_READS,
    ),
    Rule(
        id="shift-away",
        severity="error",
        title="A shift of somebody who is not there",
        what="Who takes or accompanies a coming shift is away then, has left, or is in no rota.",
        why="The plan says that somebody answers, and nobody will.",
        mend="Run `kb shift plan`, which gives away such seats and moves no other, or `kb shift swap`.",
        find=find_away,
        reads=_READS,
    ),
    Rule(
        id="shift-over-cap",
        severity="warning",
        title="More shifts than the cap allows",
        what="Somebody has more hours of shifts in a calendar month than the cap in shifts.toml.",
        why="Too many hours of support tire out empathy, which the cap is there to protect.",
        mend="Swap one of the shifts, or raise the cap.",
        find=find_over_cap,
        reads=_READS,
    ),
    Rule(
        id="shift-no-debrief",
        severity="warning",
        title="A shift that was not ended",
        what="A shift is over for three days, and neither what was learned nor that there was nothing is written down. Shifts from before the rota begins (`begins`) and of people who have left since are no findings.",
        why="What one person learned on a shift, the next one learns again.",
        mend="Run `kb shift end`, or `kb shift end --nothing REASON`.",
        find=find_no_debrief,
        lenient=True,
        reads=_READS,
    ),
)

"""The safety office of the demo trial: deviations analysed and acted on, a finding explained, a complaint, a report."""

import hashlib
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from core.contributions import reading_as, recorded_at
from core.models import Person
from demo.stage import Stage
from patients.queries import definition_for
from pharmacy import actions as pharmacy
from safety import actions, queries
from safety.models import Deviation, Mention
from trials.models import Site

DECIDED, MET, TOLD = timedelta(days=12), timedelta(days=6), timedelta(hours=30)
DECIDED_AT_EACH = 3
TEXTS, TIRED = 10_000, "Tired"
# By what departed: category, cause, how it came about, kind of action, what is done.
ANALYSES = {
    "window_missed": ("visit_window", "planning", "The room was booked before the window was known.", "preventive",
                      "Book the room together with the visit"),
    "procedure_not_done": ("procedure", "equipment", "The device had not been charged, and there was no other one.",
                           "preventive", "A second device in each room"),
    "mandatory_vital_signs_missed": ("vital_signs", "workload", "Both therapists sat with the participant.",
                                     "preventive", "Say at the start who takes the next set"),
}  # fmt: skip


def play_office(stage: Stage, *, seed: int, until: datetime) -> None:
    """Plays what investigators, the safety desk, a monitor and the statistician did lately."""
    for code, site in sorted(stage.sites.items()):
        _deviations(site, investigator=stage.at(code, 3), coordinator=stage.at(code, 0), seed=seed, at=until - DECIDED)
    _sweep(stage, at=until - MET)
    _explain(stage.people["sofia"], at=until - MET)
    first = min(stage.sites)
    told = {"site": stage.sites[first], "source": "reviewer", "kind": "conduct", "named": [stage.at(first, 2)]}
    mona, at = stage.people["mona"], until - TOLD
    with recorded_at(at), reading_as(mona):
        actions.tell_complaint(
            **told, words="On the recording of the second session he answers his telephone twice.",
            submission_id=_id(seed, "complaint"), by=mona, at=at,
        )  # fmt: skip
    hold_meeting(stage, title="First meeting", at=until - MET)


def hold_meeting(stage: Stage, *, title: str, at: datetime) -> None:
    """Makes the board's reports for a meeting, once."""
    stan = stage.people["stan"]
    with recorded_at(at), reading_as(stan):
        pharmacy.make_board_report(
            stage.trial, title=title, submission_id=uuid5(NAMESPACE_OID, f"board report: {title}"), by=stan, at=at
        )


def _deviations(site: Site, *, investigator: Person, coordinator: Person, seed: int, at: datetime) -> None:
    with recorded_at(at), reading_as(investigator):
        waiting = Deviation.objects.filter(site=site, state="candidate", occurred_at__lt=at).order_by(
            "occurred_at", "id"
        )
        for place, deviation in enumerate(waiting[:DECIDED_AT_EACH]):
            analysis = ANALYSES.get(_rule(deviation))
            if analysis is None:
                continue
            category, cause, explanation, kind, text = analysis
            accepted = actions.accept_deviation(
                deviation,
                importance=deviation.importance,
                reason="It departs from the protocol",
                by=investigator,
                at=at,
            )
            actions.analyse_deviation(
                accepted, category=category, root_cause=cause, explanation=explanation, by=investigator, at=at
            )
            action = actions.plan_action(
                accepted, kind=kind, text=text, owner=coordinator, due_on=(at + timedelta(days=5 + 4 * place)).date(),
                check_on=(at + timedelta(days=30)).date(), submission_id=_id(seed, f"{site.code} {place}"),
                by=investigator, at=at,
            )  # fmt: skip
            if place == 1:
                actions.finish_action(action, note="Done at the visit after", by=coordinator, at=at + timedelta(days=3))


def _sweep(stage: Stage, *, at: datetime) -> None:
    """Reads the notes and calls, and decides on who was tired after a session; what else was told waits."""
    with recorded_at(at):
        actions.sweep_texts(by=Person.objects.system("safety"), at=at, most=TEXTS)
    for code, site in sorted(stage.sites.items()):
        therapist = stage.at(code, 1)
        with recorded_at(at), reading_as(therapist):
            for mention in Mention.objects.filter(site=site, state="waiting", sentence__startswith=TIRED).order_by(
                "id"
            ):
                actions.dismiss_mention(
                    mention, reason="Asked: no more than before the study, and gone the next day", by=therapist, at=at
                )


def _explain(sofia: Person, *, at: datetime) -> None:
    with recorded_at(at), reading_as(sofia):
        found = queries.findings(queries.office(), site_ids=None, at=at, most=1)
        for finding in found:
            actions.decide_finding(
                finding,
                decision="explained",
                reason="Looked at with the site; the record stays as it is",
                by=sofia,
                at=at,
            )


def _rule(deviation: Deviation) -> str:
    """Returns what proposed a deviation, by the words of the protocol's rules."""
    rules = definition_for(deviation.participant).deviation_rules
    return next((rule.when for rule in rules if deviation.key.startswith(f"{rule.code}:")), "")


def _id(seed: int, name: str) -> UUID:
    return UUID(bytes=hashlib.sha256(f"{seed}:office:{name}".encode()).digest()[:16])

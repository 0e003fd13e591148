"""Reconciliation: records of different rooms that ought to agree and do not, found anew at every look.

Each kind is one query with the same columns; the page reads all of them in one statement. A finding bears the revision
of what it is about in its key, so that a decision on it stands as long as the record does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, Count, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, Length
from django.urls import reverse

from patients.models import ClinicalJudgement, Consent, Medicine
from protocol.office import SafetyOffice
from safety.models import AdverseEventRevision, EventLine, FindingDecision, Mention, ReportingClock
from sessions.models import MedicineGiven

EXPLAINED, CORRECT = "explained", "correct"
FINAL = ("recovered", "recovered_sequelae", "fatal")
RECEIVED = "Received by the sponsor"
# What the queries name besides the columns of their tables, some of which have the same names.
NAMED = "found_"
COLUMNS = (
    "site_id", "found_kind", "found_key", "found_participant_id", "found_code", "found_place", "found_detail",
    "found_ref", "found_since", "found_decision",
)  # fmt: skip
TITLES = {
    "treated_unknown": "Treated with a medicine that is not on record",
    "given_unnamed": "Medicine given in a session, and no event names it",
    "medicine_unnamed": "Medicine begun during the trial, and no event names it",
    "no_clock": "Serious, and no reporting clock stands",
    "not_received": "Serious and past a deadline, and not received by the sponsor",
    "result_no_event": "Result judged significant, and no event near it",
    "outcome_no_end": "The outcome is final, and no end is recorded",
    "end_no_outcome": "An end is recorded, and the outcome says it goes on",
    "start_after_aware": "Began after the site knew of it",
    "start_before_consent": "Began before consent",
    "start_after_death": "Began after the participant's death",
    "mention_waiting": "Sentence of a note waits for a decision",
}
TEXT = CharField(max_length=300)


@dataclass(frozen=True)
class Finding:
    """Records that do not agree: of whom, what, and since when; `decision` is what was decided on it last."""

    kind: str
    key: str
    site_id: int
    participant_id: int
    code: str
    place: str
    detail: str
    ref: str
    since: datetime
    decision: str

    @property
    def title(self) -> str:
        """Returns what does not agree, in a line."""
        return TITLES[self.kind]

    @property
    def sentence(self) -> str:
        """Returns what does not agree, with what it is about."""
        return f"{self.title}: {self.detail}" if self.detail else self.title

    @property
    def url(self) -> str:
        """Returns the page of the record that it is about."""
        return reverse(PAGES.get(self.kind, "safety:adverse-event-detail"), args=[self.ref])


PAGES = {
    "given_unnamed": "sessions:session-detail",
    "medicine_unnamed": "patients:medicines",
    "result_no_event": "patients:judgements",
    "mention_waiting": "overview:timeline",
}


def findings(
    office: SafetyOffice, *, site_ids: set[int] | None, at: datetime, kind: str = "", key: str = "",
    first: int = 0, most: int = 50,
) -> list[Finding]:  # fmt: skip
    """Returns what does not agree and was not explained, the oldest first, in one statement."""
    parts = [_shown(query, name, key=key) for name, query in _parts(office, site_ids=site_ids, at=at, kind=kind)]
    rows = parts[0].union(*parts[1:], all=True).order_by("found_since", "found_key")[first : first + most]
    return [Finding(**{name.removeprefix(NAMED): value for name, value in row.items()}) for row in rows]


def counts_of_findings(office: SafetyOffice, *, site_ids: set[int] | None, at: datetime) -> dict[str, int]:
    """Returns how many findings of each kind there are, in one statement."""
    parts = [
        query.order_by().values("found_kind").annotate(number=Count("pk")).values_list("found_kind", "number")
        for _, query in _parts(office, site_ids=site_ids, at=at, kind="")
    ]
    found: dict[str, int] = dict(parts[0].union(*parts[1:], all=True))
    return {name: found.get(name, 0) for name in TITLES}


def corrections_asked(decisions: QuerySet[FindingDecision]) -> QuerySet[FindingDecision]:
    """Returns the corrections that were asked for and after which no event of the participant was written to."""
    written = AdverseEventRevision.objects.filter(
        event__participant_id=OuterRef("participant_id"), recorded_at__gt=OuterRef("decided_at")
    )
    explained = FindingDecision.objects.filter(key=OuterRef("key"), decision=EXPLAINED)
    return decisions.filter(~Exists(written), ~Exists(explained), decision=CORRECT).order_by("decided_at", "id")


def explained_findings(decisions: QuerySet[FindingDecision]) -> QuerySet[FindingDecision]:
    """Returns what was explained, the latest first."""
    return decisions.filter(decision=EXPLAINED).order_by("-decided_at", "-id")


def _parts(
    office: SafetyOffice, *, site_ids: set[int] | None, at: datetime, kind: str
) -> Iterable[tuple[str, QuerySet[Any]]]:
    for name in [kind] if kind in BUILDERS else BUILDERS:
        found: QuerySet[Any] = BUILDERS[name](office, at).annotate(found_kind=Value(name, output_field=TEXT))
        if site_ids is not None:
            found = found.filter(site_id__in=site_ids)
        decided = FindingDecision.objects.filter(key=OuterRef("found_key"))
        last = decided.order_by("-id").values("decision")[:1]
        yield (
            name,
            found.filter(~Exists(decided.filter(decision=EXPLAINED))).annotate(
                found_decision=Func(Subquery(last), Value(""), function="coalesce", output_field=TEXT)
            ),
        )


def _shown(query: QuerySet[Any], name: str, *, key: str) -> QuerySet[Any, dict[str, Any]]:
    return (query.filter(found_key=key) if key else query).order_by().values(*COLUMNS)


def _of_lines(name: str, *conditions: Any) -> QuerySet[EventLine]:
    return EventLine.objects.filter(*conditions, nullified=False).annotate(
        found_key=Concat(Value(f"{name}:"), "event__public_id", Value(":"), Cast("revision", TEXT), output_field=TEXT),
        found_participant_id=F("participant_id"), found_code=F("participant_code"), found_place=F("site__code"),
        found_detail=F("term"), found_ref=F("event__public_id"), found_since=F("aware_at"),
    )  # fmt: skip


def _about(query: QuerySet[Any], name: str, *, person: str, detail: Any, ref: str, since: str) -> QuerySet[Any]:
    """Names the columns of a record that is no event; its own public id is its revision."""
    return query.annotate(
        found_key=Concat(Value(f"{name}:"), "public_id", output_field=TEXT), found_participant_id=F(f"{person}_id"),
        found_code=F(f"{person}__screening_number"), found_place=F("site__code"), found_detail=detail,
        found_ref=F(ref), found_since=F(since),
    )  # fmt: skip


def _known_medicines(model: Any, person: str, **standing: Any) -> ArraySubquery:
    return ArraySubquery(
        model.objects.filter(**{person: OuterRef("event__participant_id")}, **standing).values("public_id")
    )


STANDING_MEDICINE = {"replaced_by__isnull": True, "withdrawn": False}
STANDING_ENTRY = {"amended_by__isnull": True, "withdrawn": False}
PUBLIC_IDS = ArrayField(CharField(max_length=40))


def _treated_unknown(office: SafetyOffice, at: datetime) -> QuerySet[EventLine]:
    unknown = (
        AdverseEventRevision.objects.filter(
            event_id=OuterRef("event_id"), number=OuterRef("revision"), treated_with__len__gt=0
        )
        .annotate(
            known=Func(
                _known_medicines(Medicine, "participant_id", **STANDING_MEDICINE),
                _known_medicines(MedicineGiven, "session__participant_id", **STANDING_ENTRY),
                function="array_cat",
                output_field=PUBLIC_IDS,
            )
        )
        .exclude(treated_with__contained_by=Cast("known", PUBLIC_IDS))
    )
    return _of_lines("treated_unknown", Exists(unknown))


def _unnamed(person: str) -> Exists:
    named = AdverseEventRevision.objects.filter(
        event__participant_id=OuterRef(person),
        event__line__revision=F("number"),
        treated_with__contains=Func(
            OuterRef("public_id"), template="ARRAY[%(expressions)s]::varchar(40)[]", output_field=PUBLIC_IDS
        ),
    )
    return Exists(named)


def _given_unnamed(office: SafetyOffice, at: datetime) -> QuerySet[Any]:
    found = MedicineGiven.objects.filter(~_unnamed("session__participant_id"), **STANDING_ENTRY)
    return _about(
        found, "given_unnamed", person="session__participant", detail=F("name"), ref="session__public_id",
        since="observed_at",
    )  # fmt: skip


def _medicine_unnamed(office: SafetyOffice, at: datetime) -> QuerySet[Any]:
    begun = Medicine.objects.annotate(consented=_consent_day("participant_id")).filter(
        ~_unnamed("participant_id"), started__gt=_as_exact_as("started", "consented"), **STANDING_MEDICINE
    )
    return _about(
        begun, "medicine_unnamed", person="participant", detail=F("name"), ref="participant__public_id",
        since="observed_at",
    )  # fmt: skip


def _no_clock(office: SafetyOffice, at: datetime) -> QuerySet[EventLine]:
    standing = ReportingClock.objects.filter(event_id=OuterRef("event_id"), superseded_at__isnull=True)
    return _of_lines("no_clock", Q(serious=True), ~Exists(standing))


def _not_received(office: SafetyOffice, at: datetime) -> QuerySet[EventLine]:
    passed = ReportingClock.objects.filter(event_id=OuterRef("event_id"), superseded_at__isnull=True, due_at__lt=at)
    received = AdverseEventRevision.objects.filter(event_id=OuterRef("event_id"), reason=RECEIVED)
    return _of_lines("not_received", Q(serious=True), Exists(passed), ~Exists(received))


def _result_no_event(office: SafetyOffice, at: datetime) -> QuerySet[Any]:
    near = timedelta(days=office.event_near_result_days)
    events = EventLine.objects.filter(
        participant_id=OuterRef("participant_id"), nullified=False, aware_at__gte=OuterRef("judged_at") - near,
        aware_at__lte=OuterRef("judged_at") + near,
    )  # fmt: skip
    found = ClinicalJudgement.objects.filter(~Exists(events), results__contains=[{"significant": True}])
    path = "$[*] ? (@.significant == true).measure"
    measure = Func(
        F("results"), template=f"(jsonb_path_query_first(%(expressions)s, '{path}') #>> '{{}}')", output_field=TEXT
    )
    return _about(
        found, "result_no_event", person="participant", detail=measure, ref="participant__public_id", since="judged_at"
    )


def _outcome_no_end(office: SafetyOffice, at: datetime) -> QuerySet[EventLine]:
    return _of_lines("outcome_no_end", Q(outcome__in=FINAL), Q(ended_on="") | Q(ongoing=True))


def _end_no_outcome(office: SafetyOffice, at: datetime) -> QuerySet[EventLine]:
    return _of_lines("end_no_outcome", ~Q(ended_on=""), Q(outcome__in=("not_recovered", "recovering")))


def _start_after_aware(office: SafetyOffice, at: datetime) -> QuerySet[EventLine]:
    known_on = _day(F("aware_at"), F("site__zone"))
    return _of_lines("start_after_aware").annotate(known_on=known_on).filter(
        started_on__gt=_as_exact_as("started_on", "known_on")
    )  # fmt: skip


def _start_before_consent(office: SafetyOffice, at: datetime) -> QuerySet[EventLine]:
    return _of_lines("start_before_consent").annotate(consented=_consent_day("participant_id")).filter(
        started_on__lt=_as_exact_as("started_on", "consented")
    )  # fmt: skip


def _start_after_death(office: SafetyOffice, at: datetime) -> QuerySet[EventLine]:
    died = EventLine.objects.filter(
        participant_id=OuterRef("participant_id"), outcome="fatal", nullified=False, ended_on__lt=OuterRef("started_on")
    ).exclude(ended_on="")
    return _of_lines("start_after_death", Exists(died))


def _mention_waiting(office: SafetyOffice, at: datetime) -> QuerySet[Any]:
    late = at - timedelta(days=office.mention_decided_within_days)
    # Of an integration note nothing is shown but that a sentence waits: its words open to those who may read notes.
    return _about(
        Mention.objects.filter(state="waiting", told_at__lt=late), "mention_waiting", person="participant",
        detail=Value("", output_field=TEXT), ref="participant__public_id", since="told_at",
    )  # fmt: skip


def _consent_day(participant: str) -> Subquery:
    first = Consent.objects.filter(participant_id=OuterRef(participant)).order_by("signed_at")
    return Subquery(first.annotate(day=_day(F("signed_at"), F("site__zone"))).values("day")[:1], output_field=TEXT)


def _day(moment: Any, zone: Any) -> Func:
    """Returns a moment's day at its site as text, to be compared with days that may lack a part."""
    return Func(Func(zone, moment, function="timezone"), Value("YYYY-MM-DD"), function="to_char", output_field=TEXT)


def _as_exact_as(partial: str, day: str) -> Func:
    """Returns as much of a day as is known of a partial date."""
    return Func(F(day), Length(partial), function="left", output_field=TEXT)


BUILDERS: dict[str, Callable[[SafetyOffice, datetime], QuerySet[Any]]] = {
    "treated_unknown": _treated_unknown,
    "given_unnamed": _given_unnamed,
    "medicine_unnamed": _medicine_unnamed,
    "no_clock": _no_clock,
    "not_received": _not_received,
    "result_no_event": _result_no_event,
    "outcome_no_end": _outcome_no_end,
    "end_no_outcome": _end_no_outcome,
    "start_after_aware": _start_after_aware,
    "start_before_consent": _start_before_consent,
    "start_after_death": _start_after_death,
    "mention_waiting": _mention_waiting,
}

"""A trial in which every page has something to show, and the address of each page in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.test import override_settings
from django.urls import reverse

from assessments import actions as assessment_actions
from assessments.form_versions import present_content
from assessments.models import Assessment
from coding import actions as coding_actions
from coding.invented import NAME, event_archive
from coding.models import Coding
from core.contributions import contribution
from core.models import Person
from integration import actions as integration_actions
from integration.suicidality import risk_items, risk_procedure_of_contacts
from patients import actions as patient_actions
from patients.identity import IdentityDetails, identity_of
from patients.models import Fact, Lead, Participant, ResultFile, ScreeningEntry
from patients.queries import definition_for
from pharmacy import actions as pharmacy_actions
from pharmacy import ledger as pharmacy_ledger
from pharmacy.models import Envelope, Kit, StockCount
from portal import actions as portal_actions
from reminders import actions as reminder_actions
from reminders.models import Reminder
from reports import actions as report_actions
from reports.models import CaseReport
from reports.queries import Entered
from safety import actions as safety_actions
from safety.actions import EventDescription
from safety.models import AnnualReport, Mention
from sessions import actions as session_actions
from sessions.models import VitalSigns
from sponsors import actions as sponsor_actions
from sponsors.datasets import Viewpoint
from tests.assessments.conftest import booked, delegate_raters
from tests.cast import AT, PASSWORD, World
from tests.sessions.conftest import Day, dosing_day
from tests.stages import add_newcomer, complete, consented, ready_to_randomise, signed
from trials import actions as trial_actions
from trials.models import ConsentForm, Delegation
from trials.queries import definition_of

# The dosing day lies two weeks after the consent; pages are looked at on its evening.
LOOKED_AT = AT + timedelta(days=14, hours=8)


@dataclass
class Furnished:
    """What the trial holds, by what pages are about; each page is named with the arguments of its address."""

    day: Day
    newcomer: Participant
    pages: dict[str, list[Any]]

    def address(self, name: str) -> str:
        """Returns the address of a page in this trial."""
        return reverse(name, args=self.pages[name])


@contextmanager
def furnished(world: World, *, folder: Any) -> Iterator[Furnished]:
    """Furnishes site A through the actions; the files of the export go into `folder`."""
    people = world.people
    with override_settings(EXPORT_DIR=folder), contribution(by=people["ben"], reason="Arranged by the test"):
        day = dosing_day(world, by=people["ben"], investigator=people["ada"], pair=("tess", "theo"), handler="phil")
        fill_session(day)
        newcomer = ready_to_randomise(world, by=people["ben"], investigator=people["ada"], at=AT)
        yield Furnished(day, newcomer, _pages(world, day, newcomer))


def fill_session(day: Day) -> None:
    """Gives the session its dose, its measurements and one observed effect."""
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()
    for minute in (15, 30):
        day.vitals(minute=minute)


def _of_blinding(world: World, day: Day) -> dict[str, list[Any]]:
    """Tells one inadvertent unblinding; the last visit asks the participant for a guess."""
    participant = day.session.participant
    incident = assessment_actions.report_incident(
        participant,
        whose="coordinator",
        how="A letter of the insurer",
        kind="effects",
        text="",
        happened_at=AT,
        submission_id=uuid4(),
        by=world.people["ben"],
        at=LOOKED_AT,
    )
    last = [participant.visits.get(code="V20").public_id]
    return {
        "assessments:guess-of-participant": last,
        "assessments:guess-tablet": last,
        "assessments:incident-report": [participant.public_id],
        "assessments:incident-detail": [incident.public_id],
    }


def more_of_everything(furnished: Furnished, world: World) -> None:
    """Adds participants, events, alerts, deviations, measurements and messages, so that every list grows."""
    ben, ada = world.people["ben"], world.people["ada"]
    with contribution(by=ben, reason="Arranged by the test"):
        for name in ("Ola Sample", "Pia Sample"):
            participant = consented(world, by=ben, at=AT, name=name)
            booked(participant, "V3", by=ben)
            _event(participant, by=ben)
            _alert(participant, by=ben)
            _deviation(participant, by=ben)
            _message(participant, by=ben)
        for participant in (furnished.newcomer, furnished.day.session.participant):
            _event(participant, by=ben)
            _alert(participant, by=ben)
            _deviation(participant, by=ben)
            _message(participant, by=ben)
            _medicine(participant, by=ben)
            _result_file(participant, by=ben)
        for _ in range(2):
            _contact(furnished.day.session.participant, by=ben)
            _tried(furnished.day.session.participant.visits.get(code="V9"), by=ben)
            _said_past_the_site(furnished.day.session.participant)
        for minute in (45, 60, 75):
            furnished.day.vitals(minute=minute)
        for _ in range(3):
            _lead(world, by=ben)
        coding_actions.gather(by=world.people["dev"])
        patient_actions.judge_eligibility(furnished.newcomer, visit_code="V4", by=ada, at=LOOKED_AT)


def _pages(world: World, day: Day, newcomer: Participant) -> dict[str, list[Any]]:
    ben, dev = world.people["ben"], world.people["dev"]
    with contribution(by=world.people["ada"], reason="Pool delegated"):
        delegate_raters(world, "rhea")
    baseline = booked(newcomer, "V3", by=ben)
    rating = Assessment.objects.get(visit=baseline, instrument="SDS_M")
    form = Assessment.objects.get(visit=baseline, instrument="BDI2")
    fact = Fact.objects.filter(participant=newcomer, visit__code="V0", variable="weight_kg").latest("pk")
    procedure = _procedure_asking(newcomer, "V0", "weight_kg")
    preparatory = newcomer.visits.get(code="V1")
    event, message = _event(newcomer, by=ben), _message(newcomer, by=ben)
    export = _export(world, by=dev)
    one = [newcomer.public_id]
    about_lead = [_lead(world, by=ben).public_id]
    about_file = [_result_file(newcomer, by=ben).public_id]
    about_event = [event.public_id]
    about_session = [day.session.public_id]
    about_note = [day.session.participant.visits.get(code="V6").public_id]
    return {
        **dict.fromkeys(OF_PARTICIPANT, one),
        "patients:screening-record": [newcomer.public_id, "V0", procedure],
        "patients:fact-correct": [newcomer.public_id, "V0", procedure, fact.variable],
        "patients:entry-add": [newcomer.public_id, "medical"],
        "patients:entry-change": [_medicine(newcomer, by=ben).public_id],
        "patients:result-file": about_file,
        "patients:result-original": about_file,
        "patients:visit-detail": [preparatory.public_id],
        "patients:identity-erase": [identity_of(newcomer).public_id],  # type: ignore[union-attr]
        **dict.fromkeys(OF_LEAD, about_lead),
        **_of_consent(newcomer, by=ben),
        "overview:visit-move": [booked(newcomer, "V1", by=ben).public_id],
        "trials:delegation-detail": [Delegation.objects.filter(person=ben).earliest("pk").public_id],
        "trials:protocol-detail": [world.version.public_id],
        "trials:reference-detail": [_reference(world).public_id],
        "trials:consent-form-detail": [ConsentForm.objects.get(site=newcomer.site).public_id],
        "trials:person-detail": [ben.public_id],
        "assessments:rating-detail": [rating.public_id],
        "assessments:rating-lock": [rating.public_id],
        "assessments:unblinding-report": [rating.public_id],
        "assessments:form-detail": [form.public_id],
        "assessments:instrument-detail": ["BDI2"],
        "assessments:form-add": about_note,
        "assessments:form-edit": ["LIFESTYLE"],
        "assessments:form-new": [],
        "assessments:form-publish": [_form_draft(world)],
        **_of_corrections(baseline, by=ben),
        **_of_pharmacy(world, newcomer),
        **_of_board(world),
        "assessments:guess-record": about_note,
        **_of_blinding(world, day),
        "sessions:session-prepare": [newcomer.visits.get(code="V5").public_id],
        "sessions:session-detail": about_session,
        "sessions:session-table": about_session,
        "sessions:entry-stream": about_session,
        "sessions:session-shell": about_session,
        "sessions:session-record": about_session,
        "sessions:preparation-detail": [_prepared(preparatory, by=world.people["tess"])],
        "sessions:paper-list": about_session,
        "sessions:paper-scan": [day.session.public_id, _sheet(day)],
        "sessions:flow-sheet": [newcomer.visits.get(code="V5").public_id],
        "sessions:interview-book": [_held(world, baseline)],
        "sessions:crf-pack": [newcomer.visits.get(code="V5").public_id],
        "sessions:session-abandon": about_session,
        "sessions:entry-detail": [day.session.public_id, "vitals", _latest_set(day)],
        "integration:note-detail": about_note,
        "integration:note-review": about_note,
        "integration:recording-detail": about_note,
        "integration:contact-detail": [day.session.participant.visits.get(code="V5-PH2").public_id],
        "integration:contact-unscheduled": [day.session.participant.public_id],
        **_of_follow_up(day, by=ben),
        **_of_reviews(world, day),
        "integration:enquiry-detail": [day.session.participant.harm_enquiries.get(code="HE1").public_id],
        "portal:own-pages-detail": [day.session.participant.public_id],
        "portal:confidential-detail": [_said_past_the_site(day.session.participant)],
        "safety:adverse-event-detail": about_event,
        "safety:adverse-event-revise": about_event,
        "safety:alert-acknowledge": [_alert(newcomer, by=ben).public_id],
        **_of_holds(world, newcomer),
        "safety:listing-forget": [_listing(by=ben)],
        "safety:complaint-detail": [_complaint(world)],
        "safety:finding-detail": [_finding(newcomer, by=ben)],
        "safety:mention-detail": [_mention(day, by=ben).public_id],
        **_of_deviations(world, newcomer),
        **_of_case(world, event),
        **_of_coding(world),
        "reminders:message-detail": [message.public_id],
        "sponsors:export-detail": [export.public_id],
        "sponsors:export-file": [export.public_id, "visits.csv"],
    }


def _of_corrections(baseline: Any, *, by: Person) -> dict[str, list[Any]]:
    """Locks one questionnaire and one part of the interview."""
    form = Assessment.objects.get(visit=baseline, instrument="AUDIT")
    assessment_actions.complete_form(form, missing_reason="Arranged by the test", by=by, at=LOOKED_AT)
    part = Assessment.objects.select_related("rater").get(visit=baseline, instrument="LEC5")
    assert part.rater is not None
    assessment_actions.lock_assessment(
        part, password=PASSWORD, missing_reason="Arranged by the test", by=part.rater, at=LOOKED_AT
    )
    return {"assessments:form-correct": [form.public_id, 1], "assessments:rating-correct": [part.public_id, 1]}


def _prepared(visit: Any, *, by: Person) -> str:
    fields = session_actions.PreparationFields(held_at=LOOKED_AT, safety_plan="Calls her sister.")
    session_actions.write_preparation(visit, fields=fields, seen_version=0, by=by, at=LOOKED_AT)
    return str(visit.public_id)


def _held(world: World, visit: Any) -> str:
    """Holds the pair for a visit, of whom one will be away."""
    ben, tess = world.people["ben"], world.people["tess"]
    span = {"starts_at": LOOKED_AT + timedelta(days=400), "ends_at": LOOKED_AT + timedelta(days=400, hours=2)}
    for name in ("tess", "theo"):
        session_actions.book_person(visit, person=world.people[name], duty="therapist", **span, by=ben)
    away = (LOOKED_AT + timedelta(days=400)).date()
    session_actions.record_absence(tess, starts_on=away, ends_on=away, by=tess, at=LOOKED_AT)
    return str(visit.public_id)


def _of_follow_up(day: Day, *, by: Person) -> dict[str, list[Any]]:
    """Tells of other therapy, and tries to reach the participant about the next assessment."""
    participant = day.session.participant
    waiting = participant.visits.get(code="V9")
    _tried(waiting, by=by)
    happened = integration_actions.Happened("other_therapy", "Talks with a counsellor", "2025")
    event = integration_actions.record_intercurrent(
        participant, happened=happened, submission_id=uuid4(), by=by, at=LOOKED_AT
    )
    return {
        "integration:tracing-detail": [waiting.public_id],
        "integration:intercurrent-list": [participant.public_id],
        "integration:intercurrent-change": [event.public_id],
    }


def _of_reviews(world: World, day: Day) -> dict[str, list[Any]]:
    """Draws the review of the session, whose pair will be signed off, and lets the privilege of one rest."""
    rita, system = world.people["rita"], Person.objects.system("scoring")
    review = integration_actions.sample_for_review(day.session, at=LOOKED_AT)[0]
    session_actions.record_touch(
        day.session, code="hand", offered_from="participant", response="stopped", stop_word=True,
        observed_at=LOOKED_AT, submission_id=uuid4(), by=day.first, at=LOOKED_AT,
    )  # fmt: skip
    rest = session_actions.rest_therapist(
        world.people["theo"], site_id=day.session.site_id, cause="threshold", reason="Below the threshold.",
        by=system, at=LOOKED_AT,
    )  # fmt: skip
    assert review.reviewer == rita and rest is not None
    return {
        "integration:review-detail": [review.public_id],
        "integration:pair-sign-off": [day.session.public_id],
        "integration:rest-restore": [rest.public_id],
        "portal:boundary-detail": [day.session.public_id],
    }


def _form_draft(world: World) -> str:
    """Begins another version of the trial's own form."""
    content = present_content(world.version, "LIFESTYLE") | {"edition": "2"}
    assessment_actions.keep_draft(
        world.version, code="LIFESTYLE", content=content, seen_version=0, by=world.people["dev"], at=LOOKED_AT
    )
    return "LIFESTYLE"


def _tried(visit: Any, *, by: Person) -> None:
    integration_actions.record_attempt(
        visit, channel="phone", reached=False, not_reached_reason="Rang out", submission_id=uuid4(), by=by,
        at=LOOKED_AT,
    )  # fmt: skip


def _sheet(day: Day) -> str:
    sheet = session_actions.keep_sheet(
        day.session, file_name="sheet.pdf", content=b"%PDF-1.4 scan", written_by=day.first, by=day.first
    )
    return sheet.public_id


def _of_consent(newcomer: Participant, *, by: Person) -> dict[str, list[Any]]:
    signing = signed(add_newcomer(newcomer.site, by=by, name="Sam Sample"), by=by)
    read = complete(signed(add_newcomer(newcomer.site, by=by, name="Rea Sample"), by=by), by=by)
    campaign = patient_actions.open_campaign(
        newcomer.site, form=read.form, reason="The text is plainer", sign_by=AT.date(), by=by, at=AT
    )
    return {
        "patients:campaign-detail": [campaign.public_id],
        "patients:participant-move": [newcomer.public_id],
        "patients:signing-close": [signing.participant.public_id],
        "patients:signing-detail": [signing.public_id],
        "patients:consent-document": [read.public_id],
        "patients:consent-named": [read.public_id],
        "patients:consent-scan": [newcomer.consents.get().public_id],
    }


def _mention(day: Day, *, by: Person) -> Mention:
    """A sentence of the session that the sweep found."""
    note = session_actions.write_note(
        day.session, text=f"Felt dizzy at the window, {uuid4()}.", observed_at=LOOKED_AT, submission_id=uuid4(),
        by=day.first, at=LOOKED_AT,
    )  # fmt: skip
    safety_actions.sweep_texts(by=Person.objects.system("safety"), at=LOOKED_AT, most=50)
    return Mention.objects.get(text_id=note.public_id)


def _of_holds(world: World, newcomer: Participant) -> dict[str, list[Any]]:
    mel = world.people["mel"]
    hold = safety_actions.place_hold_by_hand(newcomer, reason="A letter of the family", by=mel, at=LOOKED_AT)
    of_trial = safety_actions.place_trial_hold_by_hand(world.trial, reason="A lot is recalled", by=mel, at=LOOKED_AT)
    for one in (hold, of_trial):
        safety_actions.review_hold(
            one, findings="Looked at everything", decision="uphold", reference="", password=PASSWORD,
            submission_id=uuid4(), by=mel, at=LOOKED_AT,
        )  # fmt: skip
    return {
        "safety:hold-detail": [newcomer.public_id, hold.rule],
        "safety:trial-hold-detail": [of_trial.public_id],
        "safety:annual-report-detail": [_annual_report().public_id],
    }


def _annual_report() -> AnnualReport:
    """The report for the first year that has ended, of which the safety desk was told."""
    system, at = Person.objects.system("safety"), LOOKED_AT + timedelta(days=400)
    report, *_ = safety_actions.open_annual_reports(by=system, at=at)
    safety_actions.climb_annual(by=system, at=at, most=50)
    return report


def _of_pharmacy(world: World, newcomer: Participant) -> dict[str, list[Any]]:
    phil, ben, site = world.people["phil"], world.people["ben"], newcomer.site
    kit = [Kit.objects.filter(site=site).earliest("pk").public_id]
    lot = pharmacy_ledger.stock_of(site.pk, by=phil)[0]
    closed = pharmacy_actions.open_count(site, kind="initial", by=phil, at=AT)
    pharmacy_actions.enter_second_count(closed, by_strength=[0, 0], by=ben, at=AT)
    with contribution(by=phil, reason="Arranged by the test"):
        StockCount.objects.filter(pk=closed.pk).update(state="agreed", closed_at=AT)
        envelope = Envelope.objects.create(participant=newcomer, issued_at=AT, site=site, recorded_by=phil)
    count = pharmacy_actions.open_count(site, kind="routine", by=phil, at=AT)
    drill = pharmacy_actions.start_drill(newcomer, by=world.people["ada"], at=AT)
    return {
        "pharmacy:kit-detail": kit,
        "pharmacy:kit-custody": kit,
        "pharmacy:lot-ledger": [lot.key],
        "pharmacy:count-detail": [count.public_id],
        "pharmacy:count-second": [count.public_id],
        "pharmacy:count-inventory": [closed.public_id],
        "pharmacy:envelope-issue": [newcomer.public_id],
        "pharmacy:envelope-return": [envelope.public_id],
        "pharmacy:envelope-opened": [envelope.public_id],
        "pharmacy:drill-detail": [drill.public_id],
    }


OF_PARTICIPANT = (
    "overview:timeline", "overview:participant-history", "patients:participant-identity", "patients:consent",
    "patients:consent-paper", "patients:signing-start", "patients:preference-list",
    "patients:contact-consent", "patients:withdrawal", "patients:screening", "patients:eligibility",
    "patients:history", "patients:medicines", "patients:results", "patients:judgements",
    "patients:screen-failure", "pharmacy:randomisation-detail", "pharmacy:unblinding-form",
    "safety:adverse-event-report", "safety:deviation-record", "assessments:participant-outcome",
    "safety:hold-place",
)  # fmt: skip


OF_LEAD = (
    "patients:lead-detail", "patients:lead-identity", "patients:lead-identity-change", "patients:lead-prescreen",
)  # fmt: skip


def _lead(world: World, *, by: Person) -> Lead:
    """Returns a lead who was called, answered the first questions, and waits for a place."""
    site = world.sites["A"]
    lead = patient_actions.add_lead(
        site=site, identity=IdentityDetails("Lea Sample", date(1990, 4, 1), phone=str(uuid4().int)), source="referral",
        heard_on=AT.date(), next_contact_on=AT.date(), known_already=True, submission_id=uuid4(), by=by, at=AT,
    )  # fmt: skip
    attempt = patient_actions.Attempt(AT, "phone", "reached", next_contact_on=AT.date())
    patient_actions.record_attempt(lead, attempt, submission_id=uuid4(), by=by, at=AT)
    questions = definition_of(world.version).recruitment.questions
    patient_actions.record_prescreen(
        lead, answers={question.code: question.wanted for question in questions}, observed_at=AT,
        submission_id=uuid4(), by=by, at=AT,
    )  # fmt: skip
    return patient_actions.put_on_waiting_list(lead, reason="No room yet", by=by, at=AT)


def _medicine(participant: Participant, *, by: Person) -> ScreeningEntry:
    """Returns a medicine that was stopped long ago; entries of the other kinds and a result stand beside it."""
    details: list[patient_actions.EntryDetails] = [
        patient_actions.HistoryDetails("medical", "Asthma", started="2010", ongoing=True),
        patient_actions.TreatmentDetails("medicine", "sertraline", "none", Decimal(100), started="2020", ended="2021"),
        patient_actions.UseDetails(2026, 0),
        patient_actions.MedicineDetails("sertraline", "SSRI", last_taken_on=date(2025, 1, 1)),
    ]
    asked = patient_actions.Asked("Participant", AT)
    rows = patient_actions.record_entries(
        participant, [(each, asked, uuid4()) for each in details], by=by, at=LOOKED_AT
    )
    results = [patient_actions.ResultEntry("potassium", "4.1", "mmol/L", AT, f"Laboratory {uuid4()}")]
    visit = participant.visits.get(code="V0")
    patient_actions.record_results(participant, results, visit=visit, by=by, at=LOOKED_AT)
    return rows[-1]


def _result_file(participant: Participant, *, by: Person) -> ResultFile:
    """Returns a file of one result, not loaded yet."""
    content = (
        "participant,test,value,unit,collected_at,laboratory\n"
        f"{participant.screening_number},sodium,140,mmol/L,2026-01-05 08:00,Central {uuid4()}\n"
    )
    return patient_actions.keep_result_file(
        participant.site, name="results.csv", content=content.encode(), by=by, at=LOOKED_AT
    )


def _procedure_asking(participant: Participant, visit_code: str, variable: str) -> str:
    definition = definition_for(participant)
    return next(
        procedure.code
        for procedure in definition.procedures_of(visit_code)
        if variable in {each.name for each in definition.variables_from(procedure.code)}
    )


def _latest_set(day: Day) -> str:
    return VitalSigns.objects.filter(session=day.session).latest("pk").public_id


def _event(participant: Participant, *, by: Person) -> Any:
    return safety_actions.report_adverse_event(
        participant,
        description=EventDescription(
            term="Chest pain", started_on="2026-01-06", severity="severe", valence="unwelcome",
            seriousness=("hospitalisation",),
        ),
        site_aware_at=AT + timedelta(days=1), submission_id=uuid4(), by=by, at=AT + timedelta(days=1),
    )  # fmt: skip


def _of_coding(world: World) -> dict[str, list[Any]]:
    """Puts an invented dictionary in use, and gathers what was written."""
    dev = world.people["dev"]
    dictionary = coding_actions.load_dictionary(
        event_archive(terms=("Headache", "Nausea")), kind="event", name=NAME, version="1.0", by=dev, at=AT
    )
    coding_actions.adopt_dictionary(dictionary, reason="The trial begins", by=dev, at=AT)
    coding_actions.gather(by=dev)
    coding = Coding.objects.filter(kind="event").earliest("pk")
    return {"coding:coding-detail": [coding.public_id], "coding:dictionary-detail": [dictionary.public_id]}


def _of_case(world: World, event: Any) -> dict[str, list[Any]]:
    """Reports the case of an event, and puts the report on its way."""
    sofia, at = world.people["sofia"], LOOKED_AT
    safety_actions.receive_at_sponsor(event, by=sofia, at=at)
    safety_actions.revise_adverse_event(event, changes={"causality": "possible"}, reason="Assessed", by=sofia, at=at)
    report_actions.keep_narrative(event, text="Told in words.", reason="Written", seen_number=0, by=sofia, at=at)
    report = report_actions.make_report(
        event, entered=Entered("10008479", "27.1"), submission_id=uuid4(), by=sofia, at=at
    )
    report_actions.queue_report(report, receiver="regulator_eu", by=sofia, at=at)
    return {
        "reports:case-detail": [event.public_id],
        "reports:case-paper": [event.public_id, "cioms"],
        "reports:report-file": [report.public_id],
    }


def unexpected_case(world: World, participant: Participant, *, at: Any = LOOKED_AT) -> CaseReport:
    """Returns the blinded report of a serious, related and unexpected event, as the safety desk makes it."""
    ben, sofia = world.people["ben"], world.people["sofia"]
    event = _event(participant, by=ben)
    safety_actions.receive_at_sponsor(event, by=sofia, at=at)
    safety_actions.judge_expectedness(event, expectedness="unexpected", sponsor_causality="possible", by=sofia, at=at)
    report_actions.keep_narrative(event, text="Told in words.", reason="Written", seen_number=0, by=sofia, at=at)
    return report_actions.make_report(
        event, entered=Entered("10008479", "27.1"), submission_id=uuid4(), by=sofia, at=at
    )


def _reference(world: World) -> Any:
    """A version of the reference safety information, in force since the trial began."""
    return trial_actions.add_reference(
        world.trial, version="1", effective_on=date(2025, 1, 1), document="Brochure 1", by=world.people["sofia"],
        at=AT, terms="Headache; severe; hospitalisation; broad; cephalalgia",
    )  # fmt: skip


def _of_board(world: World) -> dict[str, list[Any]]:
    """Makes both reports of the monitoring board, and records what it recommends."""
    stan, sofia = world.people["stan"], world.people["sofia"]
    report = pharmacy_actions.make_board_report(
        world.trial, title="First meeting", submission_id=uuid4(), by=stan, at=LOOKED_AT
    )
    pharmacy_actions.record_recommendation(
        report, recommendation="continue", text="No concern.", met_on=AT.date(), password=PASSWORD,
        submission_id=uuid4(), by=sofia, at=LOOKED_AT,
    )  # fmt: skip
    one, as_data = [report.public_id], [report.public_id, "json"]
    return {
        "pharmacy:board-report-detail": one,
        "pharmacy:board-report-file": as_data,
        "pharmacy:closed-report-detail": one,
        "pharmacy:closed-report-file": as_data,
    }


def _complaint(world: World) -> str:
    """Returns a complaint that Ben told about Tess."""
    return safety_actions.tell_complaint(
        site=world.sites["A"], source="staff", kind="boundary", words="Stayed alone with a participant.",
        named=[world.people["tess"]], submission_id=uuid4(), by=world.people["ben"], at=AT,
    ).public_id  # fmt: skip


def _listing(*, by: Person) -> str:
    return safety_actions.save_listing(name="Serious", query="serious=yes", by=by, at=AT).public_id


def _finding(participant: Participant, *, by: Person) -> str:
    """Returns the key of an event that has ended by its outcome, and has no end."""
    event = safety_actions.report_adverse_event(
        participant, description=EventDescription("Rash", "2026-01-06", "mild", "unwelcome", outcome="recovered"),
        site_aware_at=AT + timedelta(days=1), submission_id=uuid4(), by=by, at=AT + timedelta(days=1),
    )  # fmt: skip
    return f"outcome_no_end:{event.public_id}:1"


def _alert(participant: Participant, *, by: Person) -> Any:
    return safety_actions.raise_alert(
        participant, key=f"test:{uuid4()}", rule="test", severity="watch", message="Look at this", raised_at=AT, by=by
    )


def _deviation(participant: Participant, *, by: Person) -> Any:
    return safety_actions.propose_deviation(
        participant, key=f"test:{uuid4()}", category="visit", description="A visit was late", importance="minor",
        occurred_at=AT, by=by,
    )  # fmt: skip


def _of_deviations(world: World, participant: Participant) -> dict[str, list[Any]]:
    """Accepts a deviation, says why it came about, and plans what is done about it."""
    ben, ada, at = world.people["ben"], world.people["ada"], LOOKED_AT
    deviation = _deviation(participant, by=ben)
    deviation = safety_actions.accept_deviation(deviation, importance="important", reason="It was late", by=ada, at=at)
    safety_actions.analyse_deviation(
        deviation, category="visit_window", root_cause="planning", explanation="The room was taken", by=ada, at=at
    )
    action = safety_actions.plan_action(
        deviation, kind="preventive", text="Book the room with the visit", owner=ben, due_on=at.date(),
        check_on=at.date(), submission_id=uuid4(), by=ada, at=at,
    )  # fmt: skip
    return {
        "safety:deviation-detail": [deviation.public_id],
        "safety:action-finish": [action.public_id],
    }


def _contact(participant: Participant, *, by: Person) -> None:
    procedure = risk_procedure_of_contacts(definition_for(participant))
    assert procedure is not None
    items = risk_items(definition_for(participant), procedure)
    integration_actions.record_unscheduled_contact(
        participant, contacted_at=LOOKED_AT, channel="phone", initiated_by="participant",
        answers={item.code: False for item in items}, judged_unsafe=False, told=integration_actions.Told("Tired", 6),
        submission_id=uuid4(), by=by, at=LOOKED_AT,
    )  # fmt: skip


def _said_past_the_site(participant: Participant) -> str:
    report = portal_actions.send_report(
        participant, kind="concern", words="I was not listened to.", wants_answer=True, submission_id=uuid4(),
        by=Person.objects.system("portal"), at=AT,
    )  # fmt: skip
    return report.public_id


def _message(participant: Participant, *, by: Person) -> Reminder:
    patient_actions.record_contact_consent(participant, channel="email", given=True, by=by, at=AT)
    return reminder_actions.plan_reminder(
        key=f"test:{uuid4()}", template="visit_coming", due_at=AT + timedelta(hours=3), site_id=participant.site_id,
        participant_id=participant.pk, visit_id=participant.visits.get(code="V1").pk, by=by,
    )  # fmt: skip


def _export(world: World, *, by: Person) -> Any:
    job = sponsor_actions.create_export(
        datasets=["visits"], viewpoint=Viewpoint("functional"), trial=world.trial, idempotency_key=str(uuid4()), by=by
    )
    claimed = sponsor_actions.claim_export()
    assert claimed is not None and claimed.pk == job.pk
    sponsor_actions.make_files(claimed, at=LOOKED_AT)
    return job

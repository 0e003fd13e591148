"""One participant's way through the trial, walked in the browser by the people who would walk it."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from assessments import actions as rating
from assessments.instruments import INDEPENDENT, items_of
from assessments.models import Assessment
from assessments.queries import items_for
from core.contributions import reading_as
from patients import actions as patients
from patients.models import Participant, Visit
from patients.queries import definition_for
from pharmacy.models import Kit
from tests.cast import PASSWORD, World
from tests.journeys.conftest import Desk, Live, Watch, fill
from tests.stages import JUDGED, PAPER, SCREENED, facts_at

CONTACT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PREPARED = {"V1": datetime(2026, 1, 12, 9, 0, tzinfo=UTC), "V2": datetime(2026, 1, 19, 9, 0, tzinfo=UTC)}
RATED = datetime(2026, 1, 26, 9, 0, tzinfo=UTC)
CONFIRMED = datetime(2026, 1, 30, 9, 0, tzinfo=UTC)
DOSED = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
MEASURED = {"sbp": "122", "dbp": "78", "hr": "70", "temp": "36.7", "temp_c": "36.7", "height_cm": "174"}
TODAY = {"hours_since_food": "10", "uds_positive_count": "0", "cssrs_ideation": "0", "cssrs_behaviour": "0"}
RESULTS = {
    "laboratory": "Central", "qtcb": "410", "alt": "30", "ast": "25", "pregnancy": "not_applicable",
    "uds_amphetamines": "negative", "uds_cocaine": "negative", "uds_opioids": "negative",
    "uds_benzodiazepines": "negative", "uds_cannabinoids": "negative",
}  # fmt: skip
VALUES = SCREENED | MEASURED | TODAY | RESULTS | {"clinician_unsafe": "false", "prohibited_med_started": "false"}
WHERE_VALUES_LEAD = ("/screening/", "/results/", "/medicines/")

At = Callable[[str], Desk]


def test_from_first_contact_to_the_sponsors_pull(live: Live, world: World, watch: Watch, person_at_work: At) -> None:
    journey = Journey(live, world, person_at_work)
    journey.consent()
    journey.screening()
    journey.preparation()
    journey.baseline_rating()
    journey.enrolment()
    journey.dosing_day()
    journey.integration()
    journey.safety()
    journey.sponsor()

    watch.assert_clean()


class Journey:
    """The steps of the way, in order; each begins by holding the clock."""

    def __init__(self, live: Live, world: World, at: At) -> None:
        self.live, self.world, self.at = live, world, at
        self.key = self.kit = ""
        self.forms_met: set[str] = set()

    # --- what stands in the database ---------------------------------------------------------------------------------
    @property
    def participant(self) -> Participant:
        """The participant as the coordinator sees it now."""
        found: Participant = Participant.objects.select_related("site__trial", "protocol_version").get(
            public_id=self.key
        )
        return found

    def visit(self, code: str) -> Visit:
        """A visit as the coordinator sees it now."""
        with reading_as(self.world.people["ben"]):
            found: Visit = Visit.objects.select_related(
                "participant__site__trial", "participant__protocol_version", "site"
            ).get(code=code, participant__public_id=self.key)
        return found

    def address(self, rest: str) -> str:
        """Returns the address of a page of the participant."""
        return f"/participants/{self.key}/{rest}/"

    # --- first contact to baseline -----------------------------------------------------------------------------------
    def consent(self) -> None:
        """The coordinator adds the person and records the consent with its options."""
        self.live.hold(CONTACT)
        ben = self.at("ben")
        ben.open("/")
        ben.open("/screening/")
        ben.open("/participants/add/")
        page = ben.send(
            "main form.form",
            {"name": "Nina Sample", "born_on": "1985-06-01", "email": "nina@example.org",
             "first_contact_on": "2026-01-05"},
        )  # fmt: skip
        self.key = page.url.split("/participants/")[1].split("/")[0]
        ben.open(self.address("consent"))
        ben.open(self.address("consent/paper"))
        options = {"recording": "true", "touch": "true", "data_sharing": "true", "future_contact": "false",
                   "long_term": "true"}  # fmt: skip
        page.locator("main form.form [name=paper]").set_input_files(
            {"name": "signed.pdf", "mimeType": "application/pdf", "buffer": PAPER}
        )
        ben.send(
            "main form.form",
            {"contact_by_email": "true", "password": PASSWORD}
            | {f"option_{code}": yes for code, yes in options.items()},
        )
        assert page.url.endswith("/screening/")

    def screening(self) -> None:
        """The coordinator holds the screening visit: every form of values, then every procedure."""
        self._hold_visit("V0", CONTACT + timedelta(hours=1))
        ben, ada = self.at("ben"), self.at("ada")
        ben.open(self.address("record/use/add"))
        ben.send("main form.form", {"year": "2026", "occasions": "0"})
        ada.open(self.address("judgements"))
        judged = {name: str(answer).lower() for name, answer in JUDGED.items()}
        ada.send("section.sign form", judged | {"grounds": "Examined and asked", "password": PASSWORD})
        ben.open(self.address("screening"))
        ben.open(self.address("eligibility"))
        ben.press("Judge on today's evidence")
        ben.open(self.address("identity"))

    def preparation(self) -> None:
        """Two preparatory visits; the second is booked, then moved with a look at what moves with it."""
        self._hold_visit("V1", PREPARED["V1"], by_hand=False)
        ben, visit = self.at("ben"), self.visit("V2")
        ben.open(f"/visits/{visit.public_id}/")
        ben.send("form[action$='/book/']", {"starts_at": "2026-01-20T09:00"})
        page = ben.open(f"/visits/{visit.public_id}/move/")
        fill(page.locator("form.dialog"), "starts_at", "2026-01-19T09:00")
        if page.locator("form.dialog [name=reason]").count():
            fill(page.locator("form.dialog"), "reason", "The participant asked for an earlier day")
        ben.press("See what moves")
        ben.press("Move ")
        self._hold_visit("V2", PREPARED["V2"], by_hand=False)

    def baseline_rating(self) -> None:
        """The rater answers by item behind the firewall and locks; the site enters a questionnaire."""
        ben, visit = self.at("ben"), self.visit("V3")
        ben.open(f"/visits/{visit.public_id}/")
        ben.send("form[action$='/book/']", {"starts_at": "2026-01-26T09:00"})
        self.live.hold(RATED)
        ben.open("/assessments/")
        self._rate()
        self._questionnaires(visit)
        self._hold_visit("V3", RATED + timedelta(hours=2), by_hand=False)

    def _rate(self) -> None:
        rhea, person = self.at("rhea"), self.world.people["rhea"]
        rhea.open("/")
        page = rhea.open("/ratings/")
        rhea._follow(page.locator("main a[href*='/ratings/']").first)
        for _ in range(2):
            with page.expect_response(lambda answer: "/items/" in answer.url):
                page.locator(".rate-choice input[value='2']").check()
            before = page.locator("#item-code").inner_text()
            page.locator("[data-save]").click()
            page.wait_for_function("was => document.querySelector('#item-code').innerText !== was", arg=before)
        with reading_as(person):
            for own in Assessment.objects.filter(rater=person).order_by("id"):
                answers = {item.number: min(2, item.high) for item in items_for(own)}
                rating.enter_items(own, answers=answers, by=person, at=RATED)
        page.reload()
        rhea.follow("Check and lock")
        rhea.send("section.sign form", {"password": PASSWORD})
        assert page.locator("main").inner_text().count("ocked")

    def _questionnaires(self, visit: Visit) -> None:
        """The first form by hand, the others through the action of the same page."""
        ben, person = self.at("ben"), self.world.people["ben"]
        with reading_as(person):
            waiting = list(Assessment.objects.filter(visit=visit, state="ready").exclude(respondent=INDEPENDENT))
            definition = definition_for(self.participant)
        for place, form in enumerate(waiting):
            answers = {item.number: next(iter(item.values)) for item in items_of(definition, form.instrument)}
            if place == 0:
                page = ben.open(f"/assessments/{form.public_id}/")
                for number, value in answers.items():
                    fill(page.locator("#answer_sheet"), f"item_{number}", value)
                ben.send("#answer_sheet", button="[name=complete]")
                continue
            with reading_as(person):
                rating.enter_and_complete(form, answers=answers, seen_digest="", missing_reason="", by=person, at=RATED)

    def enrolment(self) -> None:
        """Eligibility is judged and signed, the participant enrolled and randomised."""
        self._hold_visit("V4", CONFIRMED)
        ben, ada = self.at("ben"), self.at("ada")
        ben.open(self.address("eligibility"))
        page = ben.press("Judge on today's evidence")
        assert "Eligible" in page.locator("main").inner_text()
        ada.open(self.address("eligibility"))
        ada.send("section.sign form", {"password": PASSWORD})
        ben.open(self.address("eligibility"))
        page = ben.press("Enrol", exact=True)
        with reading_as(self.world.people["ben"]):
            code = self.participant.screening_number
        ben.send("form[action$='/randomise/']", {"typed_code": code, "password": PASSWORD})
        assert "Arm is not shown" in page.locator("main").inner_text()
        self._procedures_done("V4", CONFIRMED)
        ben.open(f"/visits/{self.visit('V4').public_id}/")
        ben.press("Finish visit")
        ben.open(f"/visits/{self.visit('V5').public_id}/")
        ben.send("form[action$='/book/']", {"starts_at": "2026-02-02T09:00"})

    # --- the dosing day ----------------------------------------------------------------------------------------------
    def dosing_day(self) -> None:
        """The kit is dispensed, the session opened, refused, dosed, watched, closed."""
        self._dispense()
        self.live.hold(DOSED - timedelta(minutes=40))
        tess, theo, visit = self.at("tess"), self.at("theo"), self.visit("V5")
        tess.open("/sessions/")
        page = tess.open(f"/visits/{visit.public_id}/session/")
        tess.press("Open the session")
        session = page.url.split("?")[0]
        for desk in (tess, theo):
            desk.open(f"{session}?panel=presence")
            desk.send("form.ck-fields", {"person": self.world.people[desk.username].pk, "direction": "in"})
        reasons = tess.refused(lambda: self._give_dose(tess, session))
        assert all(code in reasons for code in ("PD1", "PD3", "PD4", "PD5")), reasons
        self._days_values(visit)
        self._vitals(session, -25, 124, 78)
        self._answer_list(session)
        self.live.hold(DOSED)
        page = self._give_dose(tess, session)
        assert "T+" in page.locator("main").inner_text()
        self._watch_over(session)
        self._supplemental(session)
        self._leave(session)

    def _dispense(self) -> None:
        self.live.hold(DOSED - timedelta(hours=18))
        phil = self.at("phil")
        phil.open("/")
        page = phil.open("/pharmacy/kits/")
        with reading_as(self.world.people["phil"]):
            kit = Kit.objects.get(participant__public_id=self.key)
        self.kit = kit.number
        phil.open(f"/pharmacy/kits/{kit.public_id}/")
        box = page.locator("form#dispense")
        visit = box.locator("[name=visit] option:not([value=''])").first.get_attribute("value")
        phil.send(
            "form#dispense",
            {"visit": visit, "kit_number": kit.number, "witness": self.world.people["ben"].pk,
             "witness_password": PASSWORD},
        )  # fmt: skip
        assert "ispensed" in page.locator("main").inner_text()

    def _give_dose(self, desk: Desk, session: str) -> Any:
        desk.open(f"{session}?panel=dose")
        return desk.send(
            "form.ck-fields",
            {"kit_number": self.kit, "second_secret": PASSWORD},
        )

    def _answer_list(self, session: str) -> None:
        """Every line of the list before the dose is answered by one tap; the distress before it is rated."""
        tess = self.at("tess")
        page = tess.open(session)
        first, buttons = page.locator(".ck-list button").first, page.locator(".ck-six")
        places = [first.bounding_box(), buttons.bounding_box()]
        page.wait_for_load_state("networkidle")
        assert places == [first.bounding_box(), buttons.bounding_box()], "A button moved under the finger."
        while (yes := page.locator(".ck-list button")).count():
            tess._follow(yes.first)
        tess.open(f"{session}?panel=distress")
        tess.send("form.ck-fields", {"score": 3})

    def _days_values(self, visit: Visit) -> None:
        ben, page = self.at("ben"), self.at("ben").open(f"/visits/{visit.public_id}/")
        rows = [page.locator("tr", has_text=name) for name in ("Fasting", "Pregnancy", "Urine", "C-SSRS")]
        addresses = [row.locator("a", has_text="Values").first.get_attribute("href") for row in rows]
        for address in addresses:
            assert address is not None
            self._enter_values(ben, visit, address, DOSED - timedelta(minutes=40))

    def _vitals(self, session: str, minute: int, systolic: int, diastolic: int) -> None:
        self.live.hold(DOSED + timedelta(minutes=minute))
        theo = self.at("theo")
        theo.open(f"{session}?panel=vitals")
        page = theo.send(
            "form.ck-fields",
            {"systolic_mmhg": systolic, "diastolic_mmhg": diastolic, "heart_rate_bpm": 76, "temperature_c": "36.8"},
        )
        assert "panel=" not in page.url and not page.url.endswith("/vitals/"), page.locator("main").inner_text()

    def _watch_over(self, session: str) -> None:
        """A set past the limits alerts; the alert is acknowledged by name; what is observed is recorded by one tap."""
        self._vitals(session, 60, 186, 104)
        theo, tess = self.at("theo"), self.at("tess")
        page = theo.open("/alerts/")
        theo._follow(page.locator("main a", has_text="Acknowledge").first)
        theo.send("main form.form", {"note": "Measured again after five minutes; at ease"})
        page = tess.open(f"{session}?panel=effect")
        tess._follow(page.get_by_role("button", name="Euphoric mood"))
        for panel, values in (
            ("note", {"text": "Eyes closed, listening to music"}),
            ("distress", {"score": 3}),
            ("medicine", {"name": "Ibuprofen", "amount": "400 mg", "indication": "Headache"}),
        ):
            tess.open(f"{session}?panel={panel}")
            tess.send("form.ck-fields", values)
        page.wait_for_selector(".ck-tape >> text=Euphoric mood")
        self._vitals(session, 75, 128, 80)

    def _supplemental(self, session: str) -> None:
        self._vitals(session, 90, 126, 80)
        self.live.hold(DOSED + timedelta(minutes=95))
        tess = self.at("tess")
        tess.open(session)
        tess.open(f"{session}?panel=supplemental&decision=given")
        page = tess.send(
            "form.ck-fields",
            {"participant_agrees": "true", "clinician_contraindication": "false", "kit_number": self.kit,
             "second_secret": PASSWORD},
        )  # fmt: skip
        assert not page.url.endswith("/supplemental/"), page.locator("main").inner_text()

    def _leave(self, session: str) -> None:
        """Sets by the hour, then the check of readiness, and the session is closed."""
        for minute in (300, 480):
            self._vitals(session, minute, 124, 78)
        self.live.hold(DOSED + timedelta(minutes=495))
        tess = self.at("tess")
        for minute in (60, 180, 300, 470):
            page = tess.open(f"{session}?panel=enquiry")
            noes = page.locator("form.ck-fields input[type=radio][value=false]")
            asked = [str(noes.nth(place).get_attribute("name")) for place in range(noes.count())]
            tess.send("form.ck-fields", dict.fromkeys(asked, "false") | {"minute": minute})
        page = tess.open(f"{session}?panel=observed")
        while (neither := page.locator(".ck-felt button[value=neutral]")).count():
            tess._follow(neither.first)
        tess.open(f"{session}?panel=distress")
        tess.send("form.ck-fields", {"score": 1})
        page = tess.open(f"{session}?panel=recording")
        tess._follow(page.get_by_role("button", name="the whole session is recorded"))
        page = tess.open(f"{session}?panel=discharge")
        questions = page.locator("form.ck-fields input[type=radio][value=true]")
        asked = [str(questions.nth(place).get_attribute("name")) for place in range(questions.count())]
        ready = {"escort_name": "Night attendant", "second_secret": PASSWORD}
        tess.send("form.ck-fields", dict.fromkeys(asked, "true") | ready)
        tess.open(f"{session}?panel=hand_over")
        tess.send("form.ck-fields", {"told": "Calm and oriented.", "second_secret": PASSWORD})
        tess.open(f"{session}?panel=close")
        page = tess.send("form.ck-fields", {"password": PASSWORD})
        assert "Session closed" in page.locator("main").inner_text(), page.locator("main").inner_text()
        tess.open(f"{session.rstrip('/')}/table/")
        moment = DOSED + timedelta(minutes=500)
        self.live.hold(moment)
        self._procedures_done("V5", moment)
        with reading_as(self.world.people["ben"]):
            if self.visit("V5").state == "started":
                patients.finish_visit(self.visit("V5"), by=self.world.people["ben"], at=moment)
        assert self.visit("V5").state == "done"

    # --- the days after ----------------------------------------------------------------------------------------------
    def integration(self) -> None:
        """The pair writes one note and both sign it; the day after, somebody calls."""
        visit, moment = self.visit("V6"), DOSED + timedelta(days=1)
        self.live.hold(moment)
        ben, tess, theo = self.at("ben"), self.at("tess"), self.at("theo")
        ben.open(f"/visits/{visit.public_id}/")
        ben.press("Start visit")
        self.live.hold(moment + timedelta(hours=2))
        tess.open("/integration/")
        page = tess.open(f"/visits/{visit.public_id}/note/")
        tess.send("#risk-form", self._all_no("#risk-form", page))
        pair = [self.world.people[name].pk for name in ("tess", "theo")]
        tess.send(
            "#note-form",
            {"held_at": "2026-02-03T09:00", "minutes": 90, "place": "site", "present": pair, "sleep": "Seven hours",
             "substances": "None", "medicines": "None", "change_kind": "welcome",
             "changes_in_feeling": "Lighter than before", "elements": ["ID1", "ID3"], "theme_0": "Grief",
             "course_0": "new", "meaning": "What came up was gone through together",
             "practices": "A daily walk"},
            button="[name=review]",
        )  # fmt: skip
        assert page.url.endswith("/review/"), page.locator("main").inner_text()
        tess.send("section.sign form", {"password": PASSWORD})
        theo.open(f"/visits/{visit.public_id}/note/review/")
        page = theo.send("section.sign form", {"password": PASSWORD})
        assert "Not signed" not in page.locator("main").inner_text()
        self._procedures_done("V6", moment + timedelta(hours=2))
        self._contact()

    def _contact(self) -> None:
        self.live.hold(DOSED + timedelta(days=2, hours=8))
        tess = self.at("tess")
        page = tess.open(f"/visits/{self.visit('V5-PH2').public_id}/contact/")
        answers = self._all_no("#contact-form", page) | {
            "reached": "yes", "wellbeing": "Tired, in good spirits", "wellbeing_score": "7",
            "changes_in_feeling": "None", "medicines": "None",
        }  # fmt: skip
        tess.send("#contact-form", answers)
        assert self.visit("V5-PH2").state == "done"

    @staticmethod
    def _all_no(form: str, page: Any) -> dict[str, Any]:
        names = page.locator(form).evaluate("form => [...new Set([...form.elements].map(one => one.name))]")
        return {name: "no" for name in names if name.startswith("risk_") or name == "judged_unsafe"}

    # --- safety ------------------------------------------------------------------------------------------------------
    def safety(self) -> None:
        """A serious event starts its clock on the board; a deviation is recorded and decided; messages are there."""
        self.live.hold(DOSED + timedelta(days=3))
        ben, ada, sofia = self.at("ben"), self.at("ada"), self.at("sofia")
        ben.open("/adverse-events/report/")
        page = ben.open(self.address("adverse-events/report"))
        ben.send(
            "main form.form",
            {"term": "Fainted at home, kept in hospital overnight", "started_on_day": "4", "started_on_month": "2",
             "started_on_year": "2026", "ongoing": "no", "severity": "severe", "seriousness": "hospitalisation",
             "action_taken": "Observed on the ward", "valence": "unwelcome", "site_aware_at": "2026-02-05T08:00"},
        )  # fmt: skip
        event = page.url
        assert "/adverse-events/ae" in event or "Serious" in page.locator("main").inner_text()
        page = sofia.open("/safety/")
        assert "S01-001" in page.locator("main").inner_text()
        ada.open(event)
        ada.send("section.sign form", {"causality": self._first("section.sign form", "causality", ada.page),
                                       "password": PASSWORD})  # fmt: skip
        sofia.open(event)
        sofia.send("form[action$='/receive/']", {})
        sofia.open("/adverse-events/")
        self._deviation()
        page = ben.open("/messages/")
        ben._follow(page.locator("main a[href^='/messages/']").first)

    def _deviation(self) -> None:
        ben, ada = self.at("ben"), self.at("ada")
        page = ben.open(self.address("deviations/record"))
        ben.send(
            "main form.form",
            {"category": "Vital signs late", "description": "The hourly set was taken twenty minutes late.",
             "importance": self._first("main form.form", "importance", page), "occurred_at": "2026-02-02T12:00"},
        )  # fmt: skip
        page = ada.open("/deviations/")
        row = page.locator("tr", has_text="Vital signs late")
        ada._follow(row.locator("a").first)
        decide = "form[action$='/accept/']"
        ada.send(decide, {"importance": self._first(decide, "importance", ada.page), "reason": "Late by the chart"})
        assert "The decision is kept in your name" in ada.page.locator("main").inner_text()

    @staticmethod
    def _first(form: str, name: str, page: Any) -> str:
        return str(page.locator(f"{form} [name={name}]").first.get_attribute("value"))

    # --- the sponsor -------------------------------------------------------------------------------------------------
    def sponsor(self) -> None:
        """The data manager makes a token and an export; the sponsor's script pulls until the participant is found."""
        dev = self.at("dev")
        for address in ("/", "/participants/", f"/participants/{self.key}/", "/tokens/", "/api/v1/docs/"):
            dev.open(address)
        dev.open("/tokens/add/")
        page = dev.send(
            "main form.form",
            {"name": "Nightly pull", "scopes": ["study:read", "data:read", "safety:read"],
             "blinding_class": "functional"},
        )  # fmt: skip
        secret = page.locator("#token-secret").inner_text()
        dev.open("/exports/")
        dev.send("aside form", {})
        page.wait_for_selector("a[download]", timeout=60_000)
        dev.watch.look(page)
        study = f"{self.live.address}/api/v1/studies/{self.world.trial.code}"
        found = {name: list(pull(f"{study}/{name}", secret)) for name in ("participants", "vital_signs", "sessions")}
        found |= {name: list(pull(f"{study}/{name}", secret)) for name in ("adverse_events", "deviations", "visits")}
        assert [row["screening_number"] for row in found["participants"]] == ["S01-001"]
        assert all(found.values()), {name: len(rows) for name, rows in found.items()}

    # --- a visit -----------------------------------------------------------------------------------------------------
    def _hold_visit(self, code: str, moment: datetime, *, by_hand: bool = True) -> None:
        """Holds a visit: start, every form of values by its fields, every procedure, finish."""
        self.live.hold(moment)
        ben, visit = self.at("ben"), self.visit(code)
        page = ben.open(f"/visits/{visit.public_id}/")
        if visit.state != "started":
            ben.press("Start visit")
        forms = page.locator("main a", has_text="Values of")
        for address in [forms.nth(place).get_attribute("href") for place in range(forms.count())]:
            assert address is not None
            self._enter_values(ben, visit, address, moment)
        page = ben.open(f"/visits/{visit.public_id}/")
        if by_hand:
            while page.locator("tr", has_text="Due").locator("[value=done]").count():
                ben._follow(page.locator("tr", has_text="Due").locator("[value=done]").first)
        else:
            self._procedures_done(code, moment)
        if code != "V4":
            page.reload()
            ben.press("Finish visit")
            assert self.visit(code).state == "done"

    def _enter_values(self, ben: Desk, visit: Visit, address: str, moment: datetime) -> None:
        """Fills the form of a procedure, in the browser when it is the first of its kind."""
        procedure = address.rstrip("/").split("/")[-1]
        if procedure in self.forms_met:
            self._values_known(visit, procedure, moment)
            return
        self.forms_met.add(procedure)
        page = ben.open(address)
        form = page.locator("main form.form")
        names: list[str] = form.evaluate("form => [...new Set([...form.elements].map(one => one.name))]")
        values = {"complete": True} if "complete" in names else {n: VALUES[n] for n in names if n in VALUES}
        if values:
            ben.send("main form.form", values)
            assert page.url.endswith(WHERE_VALUES_LEAD), page.locator("main").inner_text()

    def _values_known(self, visit: Visit, procedure: str, moment: datetime) -> None:
        ben = self.world.people["ben"]
        with reading_as(ben):
            wanted = {variable.name for variable in definition_for(visit.participant).variables_from(procedure)}
            found = {name: value for name, value in VALUES.items() if name in wanted}
            if found:
                facts_at(visit.participant, found, by=ben, at=moment, visit=visit)

    def _procedures_done(self, code: str, moment: datetime) -> None:
        ben = self.world.people["ben"]
        with reading_as(ben):
            for row in self.visit(code).procedures.filter(state="due"):
                patients.record_procedure(self.visit(code), code=row.code, state="done", by=ben, at=moment)


def pull(address: str, secret: str) -> Iterator[dict[str, Any]]:
    """Reads a dataset page by page, as a sponsor's script does."""
    after = ""
    while True:
        request = urllib.request.Request(f"{address}?limit=5{after}", headers={"Authorization": f"Bearer {secret}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            page = json.load(answer)
        yield from page["data"]
        if not page["has_more"]:
            return
        after = f"&after={page['next_cursor']}"

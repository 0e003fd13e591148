"""Counts, temperatures, envelopes, drills, and what an unblinding leaves when everything else is away."""

import io
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from pypdf import PdfReader

from core.contributions import reading_as
from core.errors import Refused
from pharmacy import actions, allocation, ledger
from pharmacy.actions.envelopes import FILE_BYTES
from pharmacy.models import Discrepancy, Envelope, Kit, KitMovement, StockCount, Unblinding, UnblindingDrill
from pharmacy.tasks import tell_of_unblindings
from reminders.models import Reminder
from tests import stages
from tests.arms import swap_arms
from tests.cast import AT, KITS, PASSWORD
from tests.databases import owner_cursor

CODE = "orange river 71"


@pytest.fixture
def randomised(own_database, world, ben, ada):
    with reading_as(ben):
        return stages.randomised(world, by=ben, investigator=ada, at=AT)


def counted(world, phil, ben, *, off_by=0):
    """Opens a count, lets both people count, and returns it compared."""
    with reading_as(phil):
        count = actions.open_count(world.sites["A"], kind="routine", by=phil, at=AT)
    with reading_as(phil):
        lots = ledger.stock_of(count.site_id, by=phil)
        figures = {lot.lot_id: lot.on_hand for lot in lots}
    figures[lots[0].lot_id] += off_by
    strengths = sorted({lot.strength_mg for lot in lots})
    sums = [sum(figures[lot.lot_id] for lot in lots if lot.strength_mg == each) for each in strengths]
    with reading_as(phil):
        with pytest.raises(Refused, match="Both people"):
            actions.compare_count(count, by=phil, at=AT)
        actions.enter_first_count(count, units_by_lot=figures, by=phil)
        assert ledger.result_of(count.pk, by=phil) == []
        with pytest.raises(Refused, match="somebody else"):
            actions.enter_second_count(count, by_strength=sums, by=phil, at=AT)
    with reading_as(ben):
        actions.enter_second_count(StockCount.objects.get(pk=count.pk), by_strength=sums, by=ben, at=AT)
    with reading_as(phil):
        actions.compare_count(StockCount.objects.get(pk=count.pk), by=phil, at=AT)
    with reading_as(phil):
        return StockCount.objects.get(pk=count.pk)


def test_two_people_count_blind_and_agree(own_database, world, phil, ben, client_for):
    count = counted(world, phil, ben)

    paper = client_for(phil).get(reverse("pharmacy:count-inventory", args=[count.public_id]))
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages)
    assert count.state == "agreed"
    assert "LOT-1" in text and "Ben Okafor" in text and "UNBLINDED" in text


def test_a_difference_opens_a_case_with_a_clock_that_is_closed_with_its_cause(own_database, world, phil, ben):
    count = counted(world, phil, ben, off_by=-1)

    with reading_as(phil):
        case = Discrepancy.objects.get(stock_count=count)
        assert (count.state, case.state, case.due_at) == ("differs", "open", AT + timedelta(hours=24))
        assert sorted(lot.difference for lot in ledger.result_of(count.pk, by=phil))[0] == -1
        actions.resolve_discrepancy(case, cause="miscounted", note="Found under the tray.", by=phil, at=AT)
        assert [note for note, _, _ in ledger.notes_of(case.pk, by=phil)] == ["Found under the tray."]
    with reading_as(ben), pytest.raises(Refused, match="not open to you"):
        ledger.notes_of(case.pk, by=ben)


def test_the_second_person_meets_neither_lots_nor_figures(own_database, world, phil, ben, client_for):
    with reading_as(phil):
        count = actions.open_count(world.sites["A"], kind="routine", by=phil, at=AT)

    page = client_for(ben).get(reverse("pharmacy:count-second", args=[count.public_id])).content.decode()

    assert "Strength II" in page and "LOT-1" not in page and " mg" not in page


def test_an_excursion_puts_everything_in_storage_into_quarantine_once(world, phil, ben):
    site, key = world.sites["A"], uuid.uuid4()
    readings = [
        actions.record_temperature(
            site, lowest_c=Decimal("18"), highest_c=Decimal("27.5"), submission_id=key, by=phil, at=AT
        )
        for _ in range(2)
    ]

    assert readings[0] == readings[1] and readings[0].excursion and readings[0].kits_quarantined == KITS
    assert set(Kit.objects.filter(site=site).values_list("state", flat=True)) == {"quarantined"}
    kit = Kit.objects.filter(site=site).earliest("pk")
    with pytest.raises(Refused, match="letter"):
        actions.move_kits([kit], kind="store", submission_id=uuid.uuid4(), by=phil, at=AT)
    actions.move_kits([kit], kind="store", submission_id=uuid.uuid4(), document="L-1", by=phil, at=AT)
    assert Kit.objects.get(pk=kit.pk).state == "in_stock"


@pytest.mark.parametrize(("units", "fits"), [(3, True), (4, False)], ids=["all", "more than went out"])
def test_no_more_comes_back_than_went_out(world, ben, ada, phil, units, fits):
    participant = stages.randomised(world, by=ben, investigator=ada, at=AT)
    kit, visit = participant.kit, participant.visits.get(code="V5")
    actions.dispense_kit(kit, visit=visit, witness=ben, by=phil, at=AT)

    def back():
        return actions.return_kit(kit, visit=visit, remains="Unopened", units=units, witness=ben, by=phil, at=AT)

    if fits:
        assert back().units == units
        return
    with pytest.raises(Refused, match="not there"):
        back()
    assert not KitMovement.objects.filter(kit=kit, kind="return").exists()


def test_an_envelope_opens_by_its_code_and_its_size_says_nothing(randomised, own_database, phil, mel, client_for):
    files = []
    for swapped in (False, True):
        if swapped:
            swap_arms(own_database)
        with reading_as(phil):
            issued = actions.issue_envelope(randomised, code=CODE, by=phil, at=AT)
        files.append(issued.file)
        with reading_as(phil):
            actions.return_envelope(issued.envelope, witness=mel, by=phil, at=AT)

    texts = [PdfReader(io.BytesIO(file), password=CODE).pages[0].extract_text() for file in files]
    assert {len(file) for file in files} == {FILE_BYTES}
    assert texts[0] != texts[1] and all(randomised.screening_number in text for text in texts)
    with reading_as(phil):
        assert set(Envelope.objects.values_list("state", flat=True)) == {"returned"}


def test_an_opened_envelope_is_an_unblinding_of_which_the_others_are_told(randomised, phil, ada, sofia, mel):
    with reading_as(phil):
        issued = actions.issue_envelope(randomised, code=CODE, by=phil, at=AT)
    with reading_as(phil), pytest.raises(Refused, match="in the safe already"):
        actions.issue_envelope(randomised, code=CODE, by=phil, at=AT)
    with reading_as(phil):
        actions.report_opened(issued.envelope, opened_by=ada, reason="Seizure, no network", by=phil, at=AT)

    with reading_as(ada):
        assert Unblinding.objects.get().participant_id == randomised.pk
        told = set(Reminder.objects.filter(template__startswith="unblinding").values_list("person", flat=True))
    assert told == {sofia.pk, ada.pk, mel.pk}


def test_the_row_stays_and_safety_is_told_when_the_connection_is_cut_before_the_answer(
    randomised, own_database, ada, sofia
):
    with pytest.raises(ConnectionError), reading_as(ada):
        allocation.ask_to_reveal(participant_id=randomised.pk, reason="Seizure", by=ada, at=AT)
        raise ConnectionError

    with reading_as(ada):
        assert Unblinding.objects.get().reason == "Seizure"
        assert not Reminder.objects.filter(template="unblinding_notice").exists()
    with owner_cursor(own_database) as cursor:
        cursor.execute("UPDATE clock.state SET held_at = %s", [AT + timedelta(minutes=2)])
    tell_of_unblindings()
    tell_of_unblindings()
    with reading_as(ada):
        assert Reminder.objects.get(template="unblinding_notice").person == sofia


def test_unblinding_answers_in_three_pages_with_redis_and_the_worker_stopped(
    randomised, ada, mel, client_for, settings
):
    settings.REDIS_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    client = client_for(ada)
    pages = [
        client.get(reverse("pharmacy:unblinding-list")),
        client.get(reverse("pharmacy:unblinding-form", args=[randomised.public_id])),
        client.post(
            reverse("pharmacy:unblinding-unblind", args=[randomised.public_id]),
            {"typed_code": randomised.screening_number, "password": PASSWORD, "reason": "Seizure"},
        ),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert "This participant received" in pages[-1].content.decode()
    with reading_as(ada):
        assert Reminder.objects.filter(template="unblinding_site_notice").get().person == mel


def test_a_drill_reveals_nothing_and_keeps_its_time_and_what_was_away(
    randomised, own_database, ada, client_for, settings
):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client = client_for(ada)
    started = client.post(reverse("pharmacy:drill-list"), {"participant": randomised.public_id})

    answer = client.post(
        started["Location"], {"typed_code": randomised.screening_number, "password": PASSWORD}, follow=True
    )

    with reading_as(ada):
        drill = UnblindingDrill.objects.get()
        assert not Unblinding.objects.exists()
    assert drill.seconds is not None and {"redis", "worker"} <= set(drill.parts_away)
    assert "would have had the answer" in answer.content.decode()

"""Files of results: read, previewed row by row, loaded whole or not at all, however often they come."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.errors import Conflict, Refused
from patients import actions, queries
from patients.models import Result, ResultFile, ResultLoad
from patients.result_rows import COLUMNS, as_decimal, read_rows, template
from tests.conftest import size
from tests.reading import text_of
from tests.stages import consented

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
HEAD = "participant,visit,test,value,unit,collected_at,laboratory,report,reason"


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=AT)


def row(person, test="sodium", value="140", unit="mmol/L", at="2026-01-05 08:00", **more):
    cells = {"participant": person.screening_number, "visit": "V0", "test": test, "value": value, "unit": unit,
             "collected_at": at, "laboratory": "Central", "report": "R-1", "reason": ""} | more  # fmt: skip
    return ",".join(f'"{cells[name]}"' if "," in cells[name] else cells[name] for name in COLUMNS)


def content_of(*rows, head=HEAD):
    return "\r\n".join([head, *rows]).encode()


def keep(site, *rows, by, **more):
    return actions.keep_result_file(site, name="results.csv", content=content_of(*rows, **more), by=by, at=AT)


def load(file, *, by):
    plan = actions.plan_load(file, at=AT)
    return actions.load_results(file, shown_digest=plan.digest, by=by, at=AT)


# --- reading ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "The file is empty", id="empty"),
        pytest.param(HEAD.encode(), "a first line and no results", id="no rows"),
        pytest.param(HEAD.encode("utf-16"), "saved as Unicode", id="UTF-16"),
        pytest.param((HEAD + "\nS01-001,,x,1,g,2026,Labor Zürich,,\n").encode("latin-1"), "Line 2 is not in UTF-8",
                     id="Latin-1"),
        pytest.param(b"PK\x03\x04rest", "This is a spreadsheet", id="a spreadsheet"),
        pytest.param(b"participant,value\n1,2\n", "missing: test, unit", id="columns are missing"),
        pytest.param((HEAD + ",colour\n").encode() + b"1,2\n", "not known: colour", id="a strange column"),
        pytest.param((HEAD + ",value\n").encode() + b"1,2\n", "there twice: value", id="a column twice"),
        pytest.param(HEAD.encode() + b'\n"S01\n', "not written as CSV", id="an open quote"),
        pytest.param(HEAD.encode() + b"\n\x00,1\n", "no text", id="binary"),
        pytest.param(b"x" * 5_000_001, "larger than 5 MB", id="too large"),
        pytest.param(HEAD.encode() + b"\n" + b"a,b,c\n" * 10_001, "10001 rows; 10,000 are taken", id="too many rows"),
    ],
)  # fmt: skip
def test_file_that_cannot_be_read_is_refused_with_what_to_do(content, sentence):
    with pytest.raises(Refused, match=sentence):
        read_rows(content)


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a byte order mark"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["commas", "semicolons", "tabs"])
def test_rows_are_read_whatever_a_spreadsheet_writes(mark, delimiter):
    line = ["S01-001", "V0", "potassium", '"4,1"', "mmol/L", "2026-01-05 08:00", "Labor Zürich", "R-1", ""]
    text = mark + delimiter.join(COLUMNS) + "\r\n" + delimiter.join(line) + "\r\n\r\n"

    read = read_rows(text.encode())

    assert read.faults == () and read.count == 1
    assert read.rows[0].cells["laboratory"] == "Labor Zürich" and read.rows[0].cells["value"] == "4,1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4.1", "4.1"), ("4,1", "4.1"), ("-4,12", "-4.12"), ("1,234", None), ("1,234,567", None), ("much", "much"),
     ("0,5", "0.5"), ("12,3456", "12.3456")],
)  # fmt: skip
def test_decimal_comma_is_understood_where_it_can_be_nothing_else(text, expected):
    assert as_decimal(text) == expected


@pytest.mark.parametrize("column", ["participant", "visit", "test", "unit", "laboratory", "report", "reason"])
@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_cell_that_a_spreadsheet_would_run_is_refused(column, start):
    cells = dict.fromkeys(COLUMNS, "x") | {column: f"{start}cmd|calc"}

    read = read_rows(content_of(",".join(cells[name] for name in COLUMNS)))

    assert [(fault.row, fault.column) for fault in read.faults] == [(2, column)]
    assert "would run as a formula" in read.faults[0].sentence


def test_template_names_every_column_and_can_be_read_back(world, ben, client_for):
    answer = client_for(ben).get(reverse("patients:result-template"))

    assert answer["Content-Disposition"] == 'attachment; filename="results.csv"'
    assert answer.content.decode() == template() == HEAD + "\r\n"


# --- preview and load -------------------------------------------------------------------------------------------------
def test_preview_tells_new_changed_same_and_refused_apart_and_writes_nothing(participant, ben, site_a):
    load(keep(site_a, row(participant), row(participant, "potassium", "4.1"), by=ben), by=ben)
    before = Result.objects.count()

    plan = actions.plan_load(
        keep(
            site_a,
            row(participant),
            row(participant, "potassium", "4.2", reason="Report corrected"),
            row(participant, "glucose", "90", "mg/dL"),
            row(participant, "sodium", "141", at="2026-01-05 08:01", laboratory="central"),
            row(participant, "haemoglobin", "9000", "g/L"),
            by=ben,
        ),
        at=AT,
    )

    assert [(each.number, each.result.state) for each in plan.rows] == [
        (2, "same"), (3, "changed"), (4, "new"), (5, "new")
    ]  # fmt: skip
    assert [(fault.row, fault.column) for fault in plan.faults] == [(6, "value")]
    assert Result.objects.count() == before


@pytest.mark.parametrize(
    ("changes", "column", "sentence"),
    [
        pytest.param({"participant": "S01-999"}, "participant", "Nobody of this site", id="nobody"),
        pytest.param({"participant": ""}, "participant", "is missing", id="no participant"),
        pytest.param({"visit": "V99"}, "visit", "is not a visit", id="no visit"),
        pytest.param({"test": "colour"}, "test", "knows no measure", id="no measure"),
        pytest.param({"value": "high"}, "value", "is not a number", id="no number"),
        pytest.param({"value": "1,234"}, "value", "thousand or a decimal", id="a comma that may be either"),
        pytest.param({"value": "900"}, "value", "cannot be right", id="a slip"),
        pytest.param({"unit": "mg/dL"}, "unit", "not in “mg/dL”", id="a unit without a factor"),
        pytest.param({"at": "2026-02-30 08:00"}, "collected_at", "February 2026 has 28 days", id="no day"),
        pytest.param({"at": "2027-01-01 08:00"}, "collected_at", "in the future", id="the future"),
        pytest.param({"laboratory": ""}, "laboratory", "is missing", id="no laboratory"),
        pytest.param({"report": "x" * 61}, "report", "longer than 60", id="a long report number"),
    ],
)
def test_bad_row_is_refused_in_words_with_row_and_column(participant, ben, site_a, changes, column, sentence):
    plan = actions.plan_load(keep(site_a, row(participant), row(participant, **changes), by=ben), at=AT)

    assert [(fault.row, fault.column) for fault in plan.faults] == [(3, column)]
    assert sentence in plan.faults[0].sentence


def test_one_bad_row_and_nothing_is_loaded(participant, ben, site_a):
    file = keep(site_a, *(row(participant, at=f"2026-01-05 07:{m:02}") for m in range(40)),
                row(participant, "colour"), by=ben)  # fmt: skip

    with pytest.raises(Refused, match="not loaded, not even in part"):
        load(file, by=ben)

    assert not Result.objects.exists() and not ResultLoad.objects.exists()


def test_change_without_a_reason_is_refused(participant, ben, site_a):
    load(keep(site_a, row(participant), by=ben), by=ben)

    plan = actions.plan_load(keep(site_a, row(participant, value="141"), by=ben), at=AT)

    assert [(fault.column, "Say why it is corrected" in fault.sentence) for fault in plan.faults] == [("reason", True)]


def test_same_result_twice_in_a_file_is_refused(participant, ben, site_a):
    plan = actions.plan_load(keep(site_a, row(participant), row(participant, value="141"), by=ben), at=AT)

    assert "stands in row 2 already" in plan.faults[0].sentence


def test_file_loaded_again_finds_everything_there(participant, ben, site_a):
    file = keep(site_a, row(participant), row(participant, "qtcb", "410", "ms"), by=ben)
    load(file, by=ben)

    again = keep(site_a, row(participant), row(participant, "qtcb", "410", "ms"), by=ben)
    second = load(again, by=ben)

    assert again == file
    assert (second.new, second.changed, second.same) == (0, 0, 2)
    assert Result.objects.count() == 2
    assert [f.value for f in queries.facts_of(participant) if f.variable == "qtcb_ms"] == ["410"]


def test_preview_that_is_no_longer_true_is_not_loaded(participant, ben, site_a):
    file = keep(site_a, row(participant), by=ben)
    shown = actions.plan_load(file, at=AT).digest
    load(keep(site_a, row(participant), row(participant, "potassium", "4.1"), by=ben), by=ben)

    with pytest.raises(Conflict, match="changed since this preview"):
        actions.load_results(file, shown_digest=shown, by=ben, at=AT)


def test_somebody_without_consent_or_gone_gets_no_result(participant, ben, site_a):
    actions.fail_screening(participant, reason="Moved away", by=ben, at=AT)

    plan = actions.plan_load(keep(site_a, row(participant), by=ben), at=AT)

    assert "has left the trial" in plan.faults[0].sentence


def test_file_goes_from_the_form_to_the_record_and_is_kept_byte_for_byte(participant, ben, carl, site_a, client_for):
    content = "\ufeff".encode() + content_of(row(participant, "creatinine", "0,9", "mg/dL"), head=HEAD)
    client = client_for(ben)

    sent = client.post(
        reverse("patients:result-files"),
        {"site": site_a.pk, "file": SimpleUploadedFile("lab =1.csv", content)},
        follow=True,
    )
    file = ResultFile.objects.get()
    preview = text_of(sent)
    page = client.post(
        reverse("patients:result-load", args=[file.public_id]),
        {"shown": actions.plan_load(file, at=AT).digest},
        follow=True,
    )

    assert "reported 0.9 mg/dL" in preview and file.digest in preview
    assert "1 new, 0 changed, 0 the same" in text_of(page)
    assert client.get(reverse("patients:result-original", args=[file.public_id])).content == content
    for name in ("result-file", "result-original"):
        assert client_for(carl).get(reverse(f"patients:{name}", args=[file.public_id])).status_code == 404


def test_bad_file_is_refused_at_its_field(world, ben, site_a, client_for):
    answer = client_for(ben).post(
        reverse("patients:result-files"),
        {"site": site_a.pk, "file": SimpleUploadedFile("x.csv", HEAD.encode("utf-16"))},
    )

    assert answer.status_code == 422
    assert "saved as Unicode (UTF-16)" in text_of(answer)


def test_ten_thousand_rows_are_previewed_in_seconds_and_few_statements(
    world, ben, site_a, django_assert_max_num_queries, evidence
):
    people = [consented(world, by=ben, at=AT, name=f"Person {number}") for number in range(size(small=2, full=20))]
    rows = size(small=1000, full=10_000)
    moments = [AT - timedelta(minutes=minute) for minute in range(rows)]
    lines = [row(person, at=f"{moment:%Y-%m-%d %H:%M}") for moment in moments for person in people][:rows]
    file = keep(site_a, *lines, by=ben)

    started = time.perf_counter()
    with django_assert_max_num_queries(12):
        plan = actions.plan_load(file, at=AT)
    seconds = time.perf_counter() - started

    assert (len(plan.rows), plan.faults) == (rows, ())
    assert seconds < 10
    evidence("result_file", rows=rows, seconds=round(seconds, 2))

"""A bad protocol file is refused with every fault, its place and its line."""

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.building import definition_in
from protocol.definition import ProtocolDefinition, ProtocolFaults, canonical_digest, load
from protocol.document import Document, Fault, read

Change = tuple[str, str]


def faults_in(text: str) -> tuple[Fault, ...]:
    with pytest.raises(ProtocolFaults) as refused:
        load(text)
    return refused.value.faults


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def changed(text: str, *changes: Change) -> str:
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


# Each row: what was done to the file, and each fault as place and a part of its sentence.
CASES = [
    pytest.param(
        [("anchor: V3, offset: 7,", "anchor: V33, offset: 7,")],
        [("visits.5.anchor", "“V33” is not an anchor of this file; did you mean “V3”?")],
        id="an anchor that does not exist",
    ),
    pytest.param(
        [("'<body> ~3 <harm>'", "'<bodies> ~3 <harm>', '~2 ache', 'more ^ than', '* ~1 *', 'a+b+'")],
        [
            ("free_text_sweep.languages.en.23.match.0", "“bodies” is not a word field of this file"),
            ("free_text_sweep.languages.en.23.match.1", "begins or ends with a gap"),
            ("free_text_sweep.languages.en.23.match.2", "begins in its middle"),
            ("free_text_sweep.languages.en.23.match.3", "“* ~1 *” names no word"),
            ("free_text_sweep.languages.en.23.match.4", "“a+b+” is no word of the pattern language"),
        ],
        id="patterns that cannot be read",
    ),
    pytest.param(
        [("    whose: [her,", "    whose: ['~2', 5, '<body>', her,")],
        [
            ("free_text_sweep.fields.whose.0", "“~2” names no word"),
            ("free_text_sweep.fields.whose.1", "5 is not a pattern"),
            ("free_text_sweep.fields.whose.2", "names a field inside a field"),
        ],
        id="entries of a field that cannot be read",
    ),
    pytest.param(
        [("anchor: CONSENT, offset: 0", "anchor: V2, offset: 0")],
        [("visits.0.anchor", "V0 → V2 → V1 → V0"), ("visits.1.anchor", "circle"), ("visits.2.anchor", "circle")],
        id="anchors in a circle",
    ),
    pytest.param(
        [("{code: V7,  name", "{code: V6,  name")],
        [
            ("visits.7", "“V6” is given twice"),
            ("schedule_of_assessments.V7", "“V7” is not a visit of this file"),
            ("worked_example.visits.V7", "“V7” is not a visit of this file"),
        ],
        id="a code given twice",
    ),
    pytest.param(
        [("[FASTING, PREG,", "[FASTNG, PREG,"), ("role: dispenser_and_witness}", "role: dispensers}")],
        [
            ("schedule_of_assessments.V5.0", "did you mean “FASTING”?"),
            ("schedule_of_assessments.V10.0", "“FASTNG” is not a procedure"),
            ("schedule_of_assessments.V15.0", "“FASTNG” is not a procedure"),
            ("procedures.DOSE.role", "did you mean “dispenser”?"),
        ],
        id="a procedure and a role that do not exist",
    ),
    pytest.param(
        [
            ("must_follow: [V8],", "must_follow: [V8, V99],"),
            ("requires: [washout_complete], s", "requires: [washout], s"),
        ],
        [("visits.9.must_follow.1", "“V99” is not a visit"), ("visits.3.requires.0", "“washout” is not a gate")],
        id="a predecessor and a gate that do not exist",
    ),
    pytest.param(
        [
            ('"age_years >= 18"', '"age_year >= 18"'),
            ("\"pregnancy_test == 'positive' or lactating\"", "\"pregnancy_test == 'pos' or lactating\""),
            ('"weight_kg < 48"', '"weight_kg < True"'),
            ('"sbp > 180"', '"160 < sbp < 180"'),
            ('"bp_high_count >= 3"', '"bp_readings >= 3"'),
            ('"dbp > 110"', '"max(dbp) > 110"'),
        ],
        [
            ("eligibility.inclusion.0.expr", "“age_year” is not declared"),
            ("eligibility.exclusion.10.expr", "“pos” is not among the values of pregnancy_test"),
            ("eligibility.exclusion.9.expr", "“True” is a bool; a number is needed"),
            ("dosing.withhold_supplemental_if.0.expr", "chains comparisons"),
            ("eligibility.exclusion.1.expr", "“bp_readings” is a list"),
            ("dosing.withhold_supplemental_if.1.expr", "“max(dbp)” is not part of the language"),
        ],
        id="expressions outside the language",
    ),
    pytest.param(
        [("before: 2, after: 14, mode: site", "before: -2, after: 14, mode: site")],
        [("visits.5.before", "-2 is less than 0.")],
        id="a window that is turned round",
    ),
    pytest.param(
        [("anchor: V5, offset: 21, before: 3, after: 7", "anchor: V5, offset: 10, before: 3, after: 0")],
        [("visits.9.must_follow", "V9 must follow V8, but its window closes before that of V8 opens.")],
        id="a window that closes before the one it must follow opens",
    ),
    pytest.param(
        [("anchor: V0, offset: 7, before: 6", "anchor: V0, offset: -90, before: 6")],
        [
            *[(f"visits.{index}", f"The window of V{index} closes before consent.") for index in range(1, 18)],
        ],
        id="windows before consent",
    ),
    pytest.param(
        [("mode: remote, duration_min: 120, order: 3,", "mode: video, durationmin: 120, order: 3,")],
        [
            ("visits.3", "“duration_min” is missing."),
            ("visits.3.durationmin", "“durationmin” is not known here; did you mean “duration_min”?"),
            ("visits.3.mode", "“video” is not one of site, remote, phone."),
        ],
        id="a name and a word that are not known",
    ),
    pytest.param(
        [("  caps5_min: caps5_min_baseline", "  caps5_min: []")],
        [("variant_variables.caps5_min", "A list is not a text.")],
        id="a list where a name belongs",
    ),
    pytest.param(
        [
            ("planned_n: 100", "planned_n: many"),
            ("synthetic: true", "synthetic: perhaps"),
            ('version: "1.0"', "version: 1.0"),
        ],
        [
            ("protocol.planned_n", "“many” is not a whole number."),
            ("protocol.synthetic", "“perhaps” is neither true nor false."),
            ("protocol.version", "“1.0” is not a text."),
        ],
        id="values of another kind",
    ),
    pytest.param(
        [("status: derived}   # see gates", "status: certain}   # see gates"), ("src: [R4]}", "src: [R44]}")],
        [
            ("randomisation.trigger.status", "“certain” is not one of verified"),
            ("visits.3.src.0", "“R44” is not a source"),
        ],
        id="a status and a source that do not exist",
    ),
    pytest.param(
        [("PHYS: {name: Physical", "MEDHX: {name: Physical"), ("schema_version: 1\n", "schema_version: 2\n")],
        [
            ("procedures.MEDHX", "“MEDHX” is given twice."),
            ("schedule_of_assessments.V0.2", "“PHYS” is not a procedure"),
            ("schema_version", "2 is more than 1."),
        ],
        id="a name given twice in one block",
    ),
    pytest.param(
        [
            ("initial_default: 80,  initial_allowed: [80],", "initial_default: 90,  initial_allowed: [80],"),
            ("supplemental: {80: 40, 120: 60}}\n    - {session: 3", "supplemental: {80: 50}}\n    - {session: 3"),
            ("{session: 3, visit: V15", "{session: 3, visit: V16"),
            ("max: 180", "max: 100"),
        ],
        [
            ("dosing.sessions", "The doses of V15 are not described."),
            ("dosing.sessions.0.initial_default", "90 is not among the allowed amounts."),
            ("dosing.sessions.0.supplemental.80", "80 and 40 are more than the 100 allowed"),
            ("dosing.sessions.1.supplemental", "No supplemental amount belongs to 120."),
            ("dosing.sessions.1.supplemental.80", "50 is not 0.5 of 80."),
            ("dosing.sessions.1.supplemental.80", "80 and 50 are more than the 100"),
            ("dosing.sessions.1.supplemental.80", "50 is no whole number of capsules"),
            ("dosing.sessions.2", "V16 is not dosing session 3."),
            ("dosing.sessions.2.supplemental.80", "80 and 40 are more than"),
            ("dosing.sessions.2.supplemental.120", "120 and 60 are more than"),
        ],
        id="amounts that contradict each other",
    ),
    pytest.param(
        [
            ("{earliest: 90, latest: 120,", "{earliest: 120, latest: 90,"),
            ("sbp: {hard: [40, 300], soft: [80, 200]}", "sbp: {hard: [40, 300], soft: [80, 400]}"),
            ("dbp: {hard: [20, 200]", "dbp: {hard: [200, 20]"),
            ("hr: {hard: [20, 250]", "hr: {hard: [20]"),
            ("temp_c: degC}", "temp_c: degF}"),
        ],
        [
            ("dosing.supplemental_window_min", "closes before it opens"),
            ("plausibility.sbp", "must lie within the hard ones"),
            ("plausibility.dbp.hard", "above the upper one"),
            ("plausibility.dbp", "must lie within the hard ones"),
            ("plausibility.hr.hard", "2 values are needed here, not 1."),
            ("vital_signs.parameters.temp_c", "declared in degC, not in degF"),
        ],
        id="limits that are turned round",
    ),
    pytest.param(
        [
            ("values: [2, 4], hidden", "values: [3, 4], hidden"),
            ("ratio: {MDMA: 1, PBO: 1}", "ratio: {MDMA: 1}"),
            ("planned_share: 0.5}\n  - {code: PBO", "planned_share: 0.6}\n  - {code: PBO"),
        ],
        [
            ("arms", "add up to 1.1, not to 1"),
            ("randomisation.ratio", "says nothing of the arm PBO"),
        ],
        id="arms that do not add up",
    ),
    pytest.param(
        [("values: [2, 4], hidden", "values: [3, 4], hidden")],
        [("randomisation.block_size.values", "A block of 3 cannot hold the arms in their ratio.")],
        id="a block that cannot hold the arms",
    ),
    pytest.param(
        [
            ("witness: {name: Witness of dispensing}",
             "witness: {name: Witness of dispensing, composite: [dispenser_and_witness]}"),
            ("leave_after_visit: {V5: V6", "leave_after_visit: {V4: V6"),
        ],
        [
            ("roles.witness", "The role witness is made of itself."),
            ("roles.dispenser_and_witness", "made of itself"),
            ("discharge.overnight.leave_after_visit.V4", "V4 has no overnight stay."),
        ],
        id="a role made of itself",
    ),
    pytest.param(
        [
            ("hours: 24, starts: site awareness", "hours: 24, calendar_days: 1, starts: site awareness"),
            ("related_means: [possible,", "related_means: [likely,"),
            ("starts: sponsor determination", "starts: sponsor decision"),
            ("double_signature_for: [dispense,", "double_signature_for: [dispensing,"),
            ("expected\", starts: sponsor awareness}", "expected\", starts: anniversary date in the study settings}"),
        ],
        [
            ("adverse_event_policy.clocks.0", "exactly one of hours, calendar_days"),
            ("adverse_event_policy.clocks.2.starts", "“sponsor decision” is not one of"),
            ("adverse_event_policy.clocks.4", "count from the anniversary"),
            ("adverse_event_policy.related_means", "“likely” is not among the judgements"),
            ("drug_accountability.double_signature_for", "“dispensing” is not among the events"),
        ],
        id="clocks and words that contradict",
    ),
    pytest.param(
        [
            ("  escort_present: {type: bool, from: \"DISCHARGE", "  age_years: {type: bool, from: \"DISCHARGING"),
            ("alcohol_use_disorder: {type: enum, values: [none, mild, moderate, severe]",
             "alcohol_use_disorder: {type: enum"),
            ("  can_swallow: {type: bool,", "  is: {type: bool,"),
            ("lactating: {type: bool,", "lactating: {type: boolean,"),
        ],
        [
            ("runtime_variables.age_years", "“age_years” is declared twice."),
            ("runtime_variables.age_years.from", "“DISCHARGING” is neither a procedure nor a visit"),
            ("eligibility.inclusion.0.expr", "“age_years” is a bool; a number is needed"),
            ("discharge.criteria.5.expr", "“escort_present” is not declared"),
            ("variables.alcohol_use_disorder", "an enum, and no other variable, lists its values"),
            ("variables.is", "“is” is a word of the language"),
            ("variables.lactating.type", "“boolean” is not one of"),
            ("eligibility.inclusion.2.expr", "“can_swallow” is not declared"),
            ("eligibility.exclusion.10.expr", "“lactating” is a boolean"),
            ("eligibility.exclusion.17.expr", "“severe” is not among the values"),
        ],
        id="variables that are declared badly",
    ),
    pytest.param(
        [
            ("B: [1, 5], C: [6, 7]", "B: [1, 5], C: [7, 6]"),
            ("mild: [14, 19], moderate: [20, 28]", "mild: [15, 19], moderate: [20, 28]"),
            ("count(E)>=2\", diagnosis", "count(F)>=2\", diagnosis"),
            ("dissociative: [29, 30]", "dissociative: [29, 31]"),
        ],
        [
            ("instruments.CAPS5.clusters.C", "Items 7 to 6 are not items"),
            ("instruments.CAPS5.other_items.dissociative", "Items 29 to 31 are not items"),
            ("instruments.CAPS5", "“F” is not a cluster"),
            ("instruments.BDI2.bands", "without gap or overlap"),
        ],
        id="instruments that contradict themselves",
    ),
    pytest.param(
        [
            ("is_baseline: true, ", ""),
            ("baseline_visit: V3, endpoint_visit: V19, week: 18", "baseline_visit: V3, endpoint_visit: V14, week: 18"),
            ("order: 7, status", "order: 6, status"),
            ("dosing_session: 2, ", ""),
        ],
        [
            ("visits", "Exactly one visit must be marked is_baseline, not 0."),
            ("protocol.primary_endpoint.endpoint_visit", "V14 is not the visit marked is_primary_endpoint."),
            ("visits.7.order", "V7 has the same order as V6."),
            ("visits.10", "has the number of its dosing session"),
            ("dosing.sessions.1", "V10 is not dosing session 2."),
        ],
        id="marks that are missing",
    ),
    pytest.param(
        [
            ("in_person_days: [1]", "in_person_days: [9]"),
            ('code_pattern: "{dosing_code}-PH{day}"', 'code_pattern: "PH{day}"'),
            ("  V19: [CAPS5, SDS_M, BDI2,", "  VX: [CAPS5, SDS_M, BDI2,"),
            ("BLIND_GUESS_A: [V9, V14, V19]", "BLIND_GUESS_A: [V9, V10]"),
        ],
        [
            ("phone_contacts.in_person_days", "Day 9 is not among the days"),
            ("phone_contacts.code_pattern", "is not written as it must be"),
            ("visits.19", "The schedule of assessments says nothing of V19."),
            ("schedule_of_assessments.VX", "“VX” is not a visit of this file"),
            ("blinding.blinding_guess_visits.BLIND_GUESS_A", "BLIND_GUESS_A is not scheduled at V10."),
        ],
        id="a schedule that says nothing of a visit",
    ),
    pytest.param(
        [
            ("active_variant: MAPP2\n", ""),
            ("MAPP1: {caps5_min_baseline: 35", "MAPP1: {caps5_min: 35"),
            ("{condition: PD1, by:", "{condition: PD9, by:"),
            ("- {code: X06,", "- {code: I05,"),
            ("- {code: ST2, count: related_fatal_or_life_threatening", "- {code: ST9, count: deaths"),
        ],
        [
            ("variants", "“active_variant” must say which"),
            ("variants.MAPP1", "The variant has no “caps5_min_baseline”"),
            ("overrides.0.condition", "“PD9” is not a condition"),
            ("eligibility.exclusion.5.code", "The rule I05 stands in eligibility.inclusion too."),
            ("trial_stopping.0.code", "“ST9” is not a trial rule"),
            ("trial_stopping.0.count", "“deaths” is not one of"),
        ],
        id="choices and rules that lead nowhere",
    ),
    pytest.param(
        [
            ("  V1: {target: 2026-01-12,", "  V1: {target: soon,"),
            ('expr: "hours_since_food >= 8"', "expr: 8"),
            ("values: [40, 60], status", "values: [], status"),
            ("supplemental: {80: 40}}", "supplemental: {80: forty}}"),
            ("nurse: {name: Study nurse}", "nurse: Study nurse"),
            ("effects_grid:", "effect_grid:"),
            ("B: [1, 5], C: [6, 7]", "B: [1, two], C: 7"),
            ("total: [0, 63]", "total: [0, most]"),
            ("quiet_hours: {participant: [20, 9], staff: [19, 7]}", "quiet_hours: [20, 9]"),
            ("protocol:\n", "protocol: MAPP\nformer_protocol:\n"),
        ],
        [
            ("worked_example.visits.V1.target", "“soon” is not a day"),
            ("dosing.pre_dose_conditions.0.expr", "“8” is not an expression in quotes."),
            ("dosing.capsule_strengths_mg.values", "The list is empty."),
            ("dosing.sessions.0.supplemental.80", "“forty” is not a number."),
            ("roles.nurse", "“Study nurse” is not a block of named values."),
            ("", "“effects_grid” is missing."),
            ("effect_grid", "did you mean “effects_grid”?"),
            ("instruments.CAPS5.clusters.B.1", "“two” is not a whole number."),
            ("instruments.CAPS5.clusters.C", "“7” is not a list."),
            ("instruments.BDI2.total.1", "“most” is not a number."),
            ("reminders.quiet_hours", "A list is not a block of named values."),
            ("protocol", "“MAPP” is not a block of named values."),
            ("former_protocol", "“former_protocol” is not known here; did you mean “protocol”?"),
        ],
        id="blocks and values of another kind",
    ),
    pytest.param(
        [
            ("phone_contacts:\n", "phone_contacts: daily\nformer_contacts:\n"),
            ("supplemental_window_min: {earliest: 90, latest: 120,", "supplemental_window_min: {earliest: 90,"),
        ],
        [
            ("phone_contacts", "“daily” is not a block"),
            ("former_contacts", "is not known here"),
            ("dosing.supplemental_window_min", "“latest” is missing."),
        ],
        id="contacts that are one word",
    ),
    pytest.param(
        [('code_pattern: "{dosing_code}-PH{day}"', "code_pattern: 7"), ("days: [1, 2, 3, 4, 5, 6, 7]", "days: daily")],
        [("phone_contacts.code_pattern", "“7” is not a text."), ("phone_contacts.days", "“daily” is not a list.")],
        id="contacts without days or codes",
    ),
    pytest.param(
        [("{code: V20, name", "{code: V5-PH2, name"), ("  V20: [C_SSRS_SLV", "  V5-PH2: [C_SSRS_SLV")],
        [
            ("phone_contacts.code_pattern", "A contact would be called V5-PH2, as a visit is."),
            *[
                (f"blinding.blinding_guess_visits.BLIND_GUESS_{who}.{at}", "“V20”")
                for who, at in (("P", 0), ("T", 3), ("C", 3))
            ],
            ("worked_example.visits.V20", "“V20” is not a visit"),
        ],
        id="a contact that would bear the code of a visit",
    ),
    pytest.param(
        [
            ("anchor: V19, offset: 3, before: 2, after: 14, mode", "mode"),
            ("type: follow_up, epoch: LTFU,", "type: unscheduled, epoch: LTFU,"),
            ("code: V6,  name: Integrative session 1.1, type: integration,",
             "code: V6,  name: Integrative session 1.1, window_unit: hours, type: integration,"),
            ("must_follow: [V4],", "must_follow: [V5],"),
        ],
        [
            ("visits.20", "V20 cannot be planned without “anchor”."),
            ("visits.20", "“offset”"),
            ("visits.20", "“before”"),
            ("visits.20", "“after”"),
            *[(f"visits.21.{name}", "LT1 is unscheduled and") for name in ("anchor", "offset", "before", "after")],
            ("visits.6", "must name the “anchor_event”"),
            ("visits.5.must_follow", "V5 would have to follow itself."),
        ],
        id="visits that cannot be planned",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_every_fault_is_named_with_its_place(
    protocol_text: str, changes: list[Change], expected: list[tuple[str, str]]
) -> None:
    text = changed(protocol_text, *changes)

    faults = faults_in(text)

    left = list(faults)
    for place, sentence in expected:
        found = next((fault for fault in left if fault.place == place and sentence in fault.message), None)
        assert found is not None, f"{place}: {sentence} is not among\n" + "\n".join(map(str, left))
        left.remove(found)
    assert not left, "\n".join(map(str, left))
    assert [fault.line for fault in faults] == sorted(fault.line for fault in faults)


def test_fault_names_the_line_on_which_the_value_stands(protocol_text: str) -> None:
    text = changed(protocol_text, ('"sbp > 180"', '"sbb > 180"'), ("planned_n: 100", "planned_n: 0"))

    first, second = faults_in(text)

    assert (first.place, first.line) == ("protocol.planned_n", line_of(text, "planned_n: 0"))
    assert (second.place, second.line) == ("dosing.withhold_supplemental_if.0.expr", line_of(text, '"sbb > 180"'))
    assert str(second) == f"line {second.line}, {second.place}: “sbb” is not declared as a variable."


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        pytest.param("", 1, "must be a mapping", id="nothing at all"),
        pytest.param("- a\n- b\n", 1, "must be a mapping", id="a list"),
        pytest.param("protocol: {code: A\nvisits: []\n", 2, "not well-formed YAML", id="a brace that is not closed"),
        pytest.param("a: 1\n\tb: 2\n", 2, "not well-formed YAML", id="a tabulator"),
        pytest.param("a: *nowhere\n", 1, "not well-formed YAML", id="a reference to nothing"),
        pytest.param("a: 1\n---\nb: 2\n", 2, "not well-formed YAML", id="two documents in one file"),
        pytest.param("a: 1\nb: \x00\n", 2, "not well-formed YAML", id="a character that no text has"),
        pytest.param("a: &x [1, *x]\n", 1, "refers to itself without end", id="a list inside itself"),
        pytest.param("[" * 5000, 1, "not well-formed YAML", id="far too many brackets"),
        pytest.param(
            "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
            + "".join(f"{y}: &{y} [{','.join(['*' + x] * 10)}]\n" for x, y in zip("abcdef", "bcdefg", strict=True)),
            1,
            "without end",
            id="references that unfold to millions",
        ),
    ],
)
def test_file_that_cannot_be_read_has_one_fault(text: str, line: int, sentence: str) -> None:
    (fault,) = faults_in(text)

    assert sentence in fault.message
    assert fault.line == line
    assert str(fault).startswith(f"line {line}")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        pytest.param(
            "a: 010\nb: 1:30\nc: 0x1f\nd: 1_000\n", ["a", "b", "c", "d"], id="numbers that YAML takes otherwise"
        ),
        pytest.param("a: .inf\nb: 1.5e+3\nc: .5\n", ["a", "b", "c"], id="numbers that are no plain decimals"),
        pytest.param("a: no\nb: ON\nc: True\n", ["a", "b", "c"], id="words that YAML takes for truths"),
        pytest.param("a: !!python/name:os.system ''\n", ["a"], id="a tag that would make an object"),
        pytest.param("a: 2026-13-01\n", ["a"], id="a day that does not exist"),
        pytest.param("b: {true: 1, null: 2, [x]: 3, <<: {y: 1}}\n", ["b", "b", "b", "b"], id="names that are no names"),
        pytest.param("a: 1\na: 2\nb: {c: 1, c: 2}\n", ["a", "b.c"], id="names given twice"),
    ],
)
def test_value_that_yaml_would_take_for_something_else_is_a_fault(text: str, places: list[str]) -> None:
    _, faults = read(text)

    assert [fault.place for fault in faults] == places


def test_plain_values_are_read_exactly() -> None:
    document, faults = read("a: 1.10\nb: -3\nc: true\nd: 2026-01-05\ne: '010'\nf: ~\n")

    assert not faults
    assert [str(value) for value in document.values.values()] == ["1.10", "-3", "True", "2026-01-05", "010", "None"]


def test_digest_is_of_what_the_file_says(protocol_text: str) -> None:
    digest = canonical_digest(protocol_text)

    assert canonical_digest(f"# a remark\n{protocol_text}") == digest
    assert canonical_digest(changed(protocol_text, ("temp_c >= 38.5", "temp_c >= 38.6"))) != digest
    assert canonical_digest("a: 1.0\nb: {c: x, d: [2026-01-05]}") == canonical_digest(
        "b: {d: [2026-01-05], 'c': 'x'}\na: 1"
    )
    assert canonical_digest("a: 1") != canonical_digest("a: '1'")
    assert canonical_digest("a: true") != canonical_digest("a: 1")


def test_digest_of_a_file_with_faults_is_refused() -> None:
    with pytest.raises(ProtocolFaults):
        canonical_digest("a: 1\na: 2\n")


def test_place_that_does_not_exist_has_the_line_of_the_block_around_it() -> None:
    document, _ = read("a:\n  b:\n    c: 1\n")

    assert [document.line_of(path) for path in ((), ("a", "b", "c"), ("a", "b", "x", "y"), ("z",))] == [1, 3, 2, 1]


JUNK = st.sampled_from([None, True, False, 0, -1, "", " ", "x", "V3", [], {}, [None], [{}], {"a": []}, [[1]], 10**30])


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in places_in(child, (*path, key)))]


@pytest.fixture(scope="module")
def document(protocol_text: str) -> tuple[Document, list[tuple[Any, ...]]]:
    found, _ = read(protocol_text)
    return found, places_in(found.values)[1:]


def spoiled(values: Any, data: st.DataObject, places: list[tuple[Any, ...]]) -> Any:
    """Returns the values with a few places taken out or filled with something else."""
    values = copy.deepcopy(values)
    for *path, last in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3)):
        parent: Any = values
        with contextlib.suppress(KeyError, IndexError, TypeError):
            for key in path:
                parent = parent[key]
            if data.draw(st.booleans()):
                del parent[last]
            else:
                parent[last] = data.draw(JUNK)
    return values


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_spoiled_file_loads_or_is_refused_with_sentences(
    document: tuple[Document, list[tuple[Any, ...]]], data: st.DataObject
) -> None:
    found, places = document
    values = spoiled(found.values, data, places)

    try:
        definition = definition_in(Document(values, found.lines), faults=[])
    except ProtocolFaults as refused:
        assert all(fault.message and fault.line for fault in refused.faults)
    else:
        assert isinstance(definition, ProtocolDefinition)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        pytest.param(("items", 5, "number"), [], id="number of an item"),
        pytest.param(("items", 5, "asked_after"), [], id="item it is asked after"),
        pytest.param(("scoring",), {"method": "sum", "items": 5, "reverse": [[]], "may_miss": "one"}, id="score"),
    ],
)
def test_form_whose_numbers_are_none_is_refused_with_sentences(
    document: tuple[Document, list[tuple[Any, ...]]], place: tuple[Any, ...], wrong: Any
) -> None:
    found, _ = document
    values = copy.deepcopy(found.values)
    block = values["own_forms"]["LIFESTYLE"]
    for step in place[:-1]:
        block = block[step]
    block[place[-1]] = wrong

    with pytest.raises(ProtocolFaults) as refused:
        definition_in(Document(values, found.lines), faults=[])

    assert all(fault.message and fault.line for fault in refused.value.faults)


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000], ids=["lists", "mappings", "dashes"])
def test_file_that_is_nested_without_end_is_refused_and_stops_nothing(text: str) -> None:
    (fault,) = faults_in(text)

    assert (fault.line, "nested too deeply" in fault.message) == (1, True)

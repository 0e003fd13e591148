"""What the definition says: typed parts, inherited status, forms and their variables."""

from dataclasses import FrozenInstanceError, replace
from decimal import Decimal

import pytest

from protocol.definition import ProtocolDefinition, load


def test_definition_is_frozen(definition: ProtocolDefinition) -> None:
    with pytest.raises(FrozenInstanceError):
        definition.code = "X"  # type: ignore[misc]
    with pytest.raises(TypeError):
        definition.gates["new"] = definition.washout  # type: ignore[index]


def test_numbers_are_exact_decimals(definition: ProtocolDefinition) -> None:
    assert definition.half_life_days["sertraline"] == Decimal("1.1")
    assert definition.plausibility["temp_c"].hard == (Decimal("30.0"), Decimal("43.0"))
    assert definition.threshold_variables == {"caps5_min": Decimal(28)}


def test_active_variant_gives_its_number(protocol_text: str) -> None:
    other = load(protocol_text.replace("active_variant: MAPP2", "active_variant: MAPP1"))

    assert other.threshold_variables == {"caps5_min": Decimal(35)}


def test_protocol_without_variants_gives_none(protocol_text: str) -> None:
    start, end = protocol_text.index("variants:            #"), protocol_text.index("sources:")
    text = protocol_text[:start] + protocol_text[end:]
    text = text.replace("  caps5_min: caps5_min_baseline\n", "  {}\n").replace(
        "  {}\n  status: verified", "  status: verified"
    )

    assert load(text).threshold_variables == {}


def test_what_a_file_may_leave_out_is_empty(protocol_text: str) -> None:
    text = protocol_text
    for line in [line for line in protocol_text.splitlines() if line.startswith("  fluids:")]:
        text = text.replace(f"{line}\n", "")
    start, end = text.index("drug_accountability:\n"), text.index("# Codes equal the procedure code")
    found = load(text[:start] + text[end:])

    assert found.fluids is None
    assert found.accountability is None


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param("I12", "verified", id="a rule has its own status"),
        pytest.param("emergency_when", "assumption", id="a rule that is one block has it too"),
        pytest.param("ST2", "assumption", id="a rule of the trial has it too"),
        pytest.param("washout_complete", "derived", id="a gate has it too"),
    ],
)
def test_status_of_a_rule(definition: ProtocolDefinition, code: str, status: str) -> None:
    rules = {rule.code: rule.status for rule in (*definition.all_rules, *definition.trial_stopping)}

    assert rules[code] == status


def test_block_without_status_takes_that_of_the_block_around_it(protocol_text: str) -> None:
    text = protocol_text.replace('text: fasting since midnight apart from clear fluids, expr: "hours_since_food >= 8", '
                                 "status: assumption}", 'text: fasting, expr: "hours_since_food >= 8"}')  # fmt: skip
    text = text.replace("dosing:\n  route: oral", "dosing:\n  status: recalled\n  route: oral")

    assert load(text).pre_dose_conditions[0].status == "recalled"
    assert load(protocol_text).roles["nurse"].name == "Study nurse"


def test_contacts_have_their_own_procedures(definition: ProtocolDefinition) -> None:
    def codes(place: str) -> list[str]:
        return [procedure.code for procedure in definition.procedures_of(place)]

    assert codes("V10-PH3") == list(definition.phone_contacts.procedures)
    assert codes("V9") == ["CAPS5", "SDS_M", "ALLIANCE", "BLIND_GUESS_A"]
    assert codes("V9-PH3") == codes("UNS1") == []


def names(definition: ProtocolDefinition, procedure: str, visit: str | None = None) -> list[str]:
    return [variable.name for variable in definition.variables_from(procedure, visit_code=visit)]


def test_forms_supply_what_the_protocol_takes_from_them(definition: ProtocolDefinition) -> None:
    assert names(definition, "PREG") == ["pregnancy_test"]
    assert names(definition, "ECG12", "V0") == ["qtcb_ms", "torsade_risk", "qtcb_baseline_ms"]
    assert names(definition, "ECG12", "V20") == ["qtcb_ms", "torsade_risk"]
    assert names(definition, "CAPS5") == ["dsm5_ptsd_current", "caps5_total", "caps5_baseline_locked"]


def test_derived_values_come_from_no_form(definition: ProtocolDefinition) -> None:
    derived = {name for name, variable in definition.variables.items() if variable.derived}

    assert {"caps5_min", "bp_high_count", "washout_ok", "minutes_since_initial", "eligibility_result"} <= derived
    assert "minutes_since_initial" not in names(definition, "DOSE")
    assert "sae_related" not in names(definition, "AE")


def test_washout_names_its_form_and_its_value(definition: ProtocolDefinition) -> None:
    assert definition.washout_procedures == {"TAPER_CHECK"}
    assert (definition.washout_yields, definition.washout_before) == ("washout_ok", "V3")


def test_amounts_stand_apart_from_labels(definition: ProtocolDefinition) -> None:
    session = definition.unblinded_dosing.session_at("V10")

    assert session.supplemental[session.initial_default] == session.initial_default / 2
    with pytest.raises(KeyError):
        definition.unblinded_dosing.session_at("V4")
    for label in definition.dose_labels.values():
        assert definition.unblinded_dosing.unit not in f"{label.flag} {label.label} {label.bottle}".split()


def test_effects_are_alphabetical_and_imply_no_valence(definition: ProtocolDefinition) -> None:
    terms = [effect.term for effect in definition.effects]

    assert terms == sorted(terms)
    assert any(effect.abuse_related for effect in definition.effects)
    assert not hasattr(definition.effects[0], "valence")


def test_overrides_name_a_condition_and_a_duty(definition: ProtocolDefinition) -> None:
    withheld = {rule.code for rule in definition.withhold_supplemental_if}

    assert set(definition.overrides.values()) <= set(definition.roles)
    assert not withheld & set(definition.overrides)


def test_duties_know_their_parts(definition: ProtocolDefinition) -> None:
    assert definition.duties["dispenser_and_witness"] == ("Dispenser with witness", ("dispenser", "witness"))
    assert definition.roles["nurse"].parts == ()


def test_parts_are_read_whole(definition: ProtocolDefinition) -> None:
    assert [visit.code for visit in definition.dosing_visits] == ["V5", "V10", "V15"]
    assert definition.baseline_visit.code == "V3"
    assert definition.randomisation.ratio == {"MDMA": 1, "PBO": 1}
    assert definition.randomisation.trigger_requires == (
        "consent_signed", "eligibility_confirmed", "baseline_caps5_locked", "washout_complete",
    )  # fmt: skip
    assert definition.blinding.guess_visits["BLIND_GUESS_A"] == ("V9", "V14", "V19")
    assert definition.endpoints[0].endpoint_visit == "V19"
    assert definition.leave_overnight_after["V5"] == "V6"
    assert [point.code for point in definition.vital_points if point.mandatory] == ["VS0", "VS1", "VS2"]
    assert definition.adverse_events.collects_positive_effects
    assert definition.accountability is not None and "waste" in definition.accountability.double_signature_for
    assert definition.units["temp_c"] == "degC"
    assert definition.rule_text("WS1") == "systolic pressure too high"
    assert definition.rule_text("none") == "none"
    assert {"minor", "important"} == {rule.importance for rule in definition.deviation_rules}
    assert definition.quiet_hours["participant"] == (20, 9)


def test_every_message_of_the_catalogue_has_a_quiet_audience(definition: ProtocolDefinition) -> None:
    assert {rule.template for rule in definition.reminders} >= {"visit_coming", "daily_contact", "action_today"}
    assert all(word == word.lower() for word in definition.banned_words)


def test_copy_with_another_part_is_another_definition(definition: ProtocolDefinition) -> None:
    assert replace(definition, version="2.0").version == "2.0"

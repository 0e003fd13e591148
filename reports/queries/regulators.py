"""Reads on what regulators are told of: the cases, by the unblinded room, and the receivers."""

from collections.abc import Mapping

from core.models import Person
from pharmacy import regulators
from pharmacy.regulators import RegulatorCase
from protocol.case_reports import ReportReceiver
from protocol.definition import ProtocolDefinition
from trials.queries import current_trial, definition_of, latest_version


def regulator_cases(*, by: Person) -> list[RegulatorCase]:
    """Returns the serious cases that are unexpected reactions, the newest first; the reading is logged."""
    return regulators.cases(related=related_words(), by=by)


def related_words() -> tuple[str, ...]:
    """Returns the judgements that count as related, by the version of the protocol that was loaded last."""
    return tuple(_definition().adverse_events.related_means)


def receivers() -> Mapping[str, ReportReceiver]:
    """Returns to whom reports go, by code."""
    reporting = _definition().case_reporting
    return reporting.receivers if reporting else {}


def _definition() -> ProtocolDefinition:
    return definition_of(latest_version(current_trial()))

"""Reads on what regulators are told of: the cases, by the unblinded room, and the receivers."""

from collections.abc import Mapping

from core.models import Person
from pharmacy import regulators
from pharmacy.regulators import RegulatorCase, WaitingCase
from protocol.case_reports import ReportReceiver
from protocol.definition import ProtocolDefinition
from protocol.reporting import SITE_AWARENESS
from trials.queries import current_trial, definition_of, latest_version


def regulator_cases(*, by: Person) -> list[RegulatorCase]:
    """Returns the serious cases that are unexpected reactions, the newest first; the reading is logged."""
    return regulators.cases(related=related_words(), by=by)


def regulator_case(key: str, *, by: Person) -> RegulatorCase | None:
    """Returns one case by its blinded report, or None; no other is read, and the reading is logged."""
    return regulators.case(key, related=related_words(), by=by)


def cases_that_wait() -> list[WaitingCase]:
    """Returns the cases that wait for an unblinded report, the nearest clock first, to who holds the room."""
    of_site = [clock.rule for clock in _definition().clocks if clock.starts == SITE_AWARENESS]
    return regulators.waiting_cases(related=related_words(), of_site=of_site)


def related_words() -> tuple[str, ...]:
    """Returns the judgements that count as related, by the version of the protocol that was loaded last."""
    return tuple(_definition().adverse_events.related_means)


def receivers() -> Mapping[str, ReportReceiver]:
    """Returns to whom reports go, by code."""
    reporting = _definition().case_reporting
    return reporting.receivers if reporting else {}


def _definition() -> ProtocolDefinition:
    return definition_of(latest_version(current_trial()))

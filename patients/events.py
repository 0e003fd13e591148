"""What this room announces."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConsentRecorded:
    """A participant consented to a version of the form."""

    consent_id: int
    participant_id: int


@dataclass(frozen=True)
class ConsentWithdrawn:
    """A participant withdrew consent, in the scope of the row."""

    withdrawal_id: int
    participant_id: int


@dataclass(frozen=True)
class FactsRecorded:
    """Values of protocol variables were entered or corrected."""

    participant_id: int
    variables: tuple[str, ...]


@dataclass(frozen=True)
class EligibilityJudged:
    """A verdict on eligibility was written, to be signed."""

    assessment_id: int


@dataclass(frozen=True)
class EligibilitySigned:
    """The investigator signed a verdict."""

    assessment_id: int


@dataclass(frozen=True)
class EligibilityContradicted:
    """A value was recorded that speaks against a signed verdict."""

    contradiction_id: int


@dataclass(frozen=True)
class ParticipantRandomised:
    """A participant was allocated a kit."""

    participant_id: int


@dataclass(frozen=True)
class VisitBooked:
    """A visit got a time, or another time."""

    visit_id: int


@dataclass(frozen=True)
class VisitStarted:
    """A visit began."""

    visit_id: int


@dataclass(frozen=True)
class VisitFinished:
    """A visit ended."""

    visit_id: int


@dataclass(frozen=True)
class VisitMissed:
    """A visit did not take place in its window."""

    visit_id: int


@dataclass(frozen=True)
class VisitCancelled:
    """A visit will not take place."""

    visit_id: int

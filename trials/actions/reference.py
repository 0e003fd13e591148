"""Verbs on the reference safety information: a version is read from its lines, kept whole, and never changed."""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from protocol.expectedness import COVERS, EXACT, SEVERITIES, ListedTerm, plain_words
from trials import queries
from trials.models import ReferenceTerm, ReferenceVersion, Trial

MOST_TERMS, MOST_FAULTS, LONGEST_TERM = 2000, 20, 200


def read_listed_terms(text: str, *, criteria: Iterable[str]) -> tuple[ListedTerm, ...]:
    """Returns the listed terms of a text, one a line: term; most severe; criteria; exact or broad; other words.

    Everything after the term may be left out; several criteria or words stand with commas between. Lines that begin
    with # are notes. Raises Refused with each fault and its line.
    """
    known, terms, faults = tuple(criteria), list[ListedTerm](), list[str]()
    seen: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        term, faults_of_line = _read_line(line, criteria=known)
        words = plain_words(term.term)
        if words in seen:
            faults_of_line.append(f"“{term.term}” stands in line {seen[words]} already.")
        seen.setdefault(words, number)
        faults += [f"Line {number}: {fault}" for fault in faults_of_line]
        terms.append(term)
    if not terms:
        raise Refused("List at least one term.", field="terms")
    if len(terms) > MOST_TERMS:
        raise Refused(f"These are {len(terms)} terms; {MOST_TERMS} at most.", field="terms")
    if faults:
        raise Refused("The terms were not kept:", field="terms", details=tuple(faults[:MOST_FAULTS]))
    return tuple(terms)


def add_reference(
    trial: Trial, *, version: str, effective_on: date, document: str, terms: str, by: Person, at: datetime
) -> ReferenceVersion:
    """Keeps a version of the reference safety information, in force from a day.

    Events are judged by the version of their own day, so a version may begin today or later, or, where none is there
    yet, earlier. Raises Refused, naming the field, for what cannot be right.
    """
    listed = read_listed_terms(terms, criteria=_criteria(trial))
    known = ReferenceVersion.objects.filter(trial=trial)
    if known.filter(version=version.strip()).exists():
        raise Refused("This version is there already. Give what is new another version.", field="version")
    last = known.order_by("-effective_on").first()
    if last is not None and effective_on <= last.effective_on:
        raise Refused(f"{last} is in force from that day or a later one.", field="effective_on")
    if last is not None and effective_on < local_date(at, zone=trial.sponsor_zone):
        raise Refused(
            "Events since that day may have been judged by the version before. Begin today or later.",
            field="effective_on",
        )
    with contribution(by=by, reason=f"Reference safety information {version} in force from {effective_on}"):
        added = ReferenceVersion.objects.create(
            trial=trial, version=version.strip(), effective_on=effective_on, document=document.strip(),
            digest=hashlib.sha256(terms.encode()).hexdigest(), recorded_by=by,
        )  # fmt: skip
        ReferenceTerm.objects.bulk_create(
            ReferenceTerm(
                reference=added, term=each.term, severity=each.severity, criteria=list(each.criteria),
                covers=each.covers, also=list(each.also), recorded_by=by,
            )
            for each in listed
        )  # fmt: skip
    return added


def _criteria(trial: Trial) -> tuple[str, ...]:
    return queries.definition_of(queries.latest_version(trial)).adverse_events.seriousness


def _read_line(line: str, *, criteria: tuple[str, ...]) -> tuple[ListedTerm, list[str]]:
    parts = [part.strip() for part in line.split(";")]
    term, severity, serious, covers, also = (parts + [""] * 5)[:5]
    severity, covers = severity.lower(), covers.lower() or EXACT
    told = tuple(part.strip().lower().replace(" ", "_") for part in serious.split(",") if part.strip())
    others = tuple(part.strip() for part in also.split(",") if part.strip())
    faults = []
    if len(parts) > 5:
        faults.append("there are more than four semicolons.")
    if not plain_words(term):
        faults.append("there is no term.")
    if any(len(each) > LONGEST_TERM for each in (term, *others)):
        faults.append(f"a term has more than {LONGEST_TERM} characters.")
    if severity and severity not in SEVERITIES:
        faults.append(f"“{severity}” is no severity; write {', '.join(SEVERITIES)}, or nothing.")
    faults += [f"the protocol knows no criterion “{each}”." for each in told if each not in criteria]
    if covers not in COVERS:
        faults.append(f"“{covers}” is neither {' nor '.join(COVERS)}.")
    return ListedTerm(term, severity, told, covers, others), faults

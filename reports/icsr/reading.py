"""Reads a report from the XML of ICH E2B(R3): what `writing` writes comes back as the same report."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from reports.icsr import codes
from reports.icsr.elements import (
    Assessment,
    Batch,
    CauseOfDeath,
    Drug,
    Identification,
    Message,
    Narrative,
    Null,
    Patient,
    PrimarySource,
    Reaction,
    SafetyReport,
    Sender,
    Study,
    Value,
)
from reports.icsr.safe_xml import UnreadableXml, parse

IN = {"h": codes.NAMESPACE}


def read(content: bytes) -> SafetyReport:
    """Returns the report of a message; raises UnreadableXml where it is none."""
    root = parse(content)
    message = root.find("h:PORR_IN049016UV", IN)
    event = root.find("h:PORR_IN049016UV/h:controlActProcess/h:subject/h:investigationEvent", IN)
    if message is None or event is None:
        raise UnreadableXml("This is XML, but no individual case safety report of ICH E2B(R3).")
    assessment = _one(event, "component/adverseEventAssessment")
    person = _one(assessment, "subject1/primaryRole")
    reactions = [each for each in _all(person, "subjectOf2/observation") if _is(each, "reaction")]
    drugs = _all(person, "subjectOf2/organizer/component/substanceAdministration")
    judged = _all(assessment, "component/causalityAssessment")
    roles = {
        _id(each, "subject2/productUseReference"): _code(each, "value")
        for each in judged
        if _is(each, "interventionCharacterization")
    }
    return SafetyReport(
        batch=Batch(
            _extension(root, codes.BATCH_NUMBER),
            _extension(_one(root, "sender/device"), codes.BATCH_SENDER),
            _extension(_one(root, "receiver/device"), codes.BATCH_RECEIVER),
            _attribute(root, "creationTime"),
        ),
        message=Message(
            _extension(message, codes.REPORT_ID),
            _extension(_one(message, "sender/device"), codes.MESSAGE_SENDER),
            _extension(_one(message, "receiver/device"), codes.MESSAGE_RECEIVER),
            _attribute(message, "creationTime"),
        ),
        identification=_identification(event, created=_attribute(message, "controlActProcess/effectiveTime")),
        sources=tuple(_source(each) for each in _related(event, "2")),
        sender=_sender(_one(event, "subjectOf1/controlActEvent/author/assignedEntity")),
        study=_study(_one(person, "subjectOf1/researchStudy")),
        patient=_patient(person),
        reactions=tuple(_reaction(each) for each in reactions),
        drugs=tuple(_drug(each, role=roles.get(_id(each, "."), "")) for each in drugs),
        assessments=tuple(_assessment(each) for each in judged if _is(each, "causality")),
        narrative=_narrative(event, assessment),
    )


def _identification(event: ET.Element, *, created: str) -> Identification:
    said = {_code(each, "code"): each for each in _all(event, "subjectOf2/investigationCharacteristic")}
    observed = _all(event, "component/observationEvent")
    first = next(iter(_related(event, "1")), event)
    return Identification(
        safety_report_id=_extension(event, codes.REPORT_ID),
        created=created,
        report_type=_code(said["1"], "value") if "1" in said else "",
        first_received=_attribute(event, "effectiveTime/low"),
        latest_information=_attribute(event, "availabilityTime"),
        additional_documents=_says_true(observed, "additionalDocumentsAvailable"),
        expedited=_says_true(observed, "localCriteriaForExpedited"),
        worldwide_id=_extension(event, codes.WORLDWIDE_ID),
        first_sender=_code(first, "subjectOf2/controlActEvent/author/assignedEntity/code"),
        nullification=_code(said["3"], "value") if "3" in said else "",
        nullification_reason=str(_text(said["4"], "value/originalText")) if "4" in said else "",
    )


def _source(report: ET.Element) -> PrimarySource:
    entity = _one(report, "subjectOf2/controlActEvent/author/assignedEntity")
    return PrimarySource(
        given=_text(entity, "assignedPerson/name/given"),
        family=_text(entity, "assignedPerson/name/family"),
        organisation=str(_text(entity, "representedOrganization/name")),
        country=_code(entity, "assignedPerson/asLocatedEntity/location/code"),
        qualification=_coded(entity, "assignedPerson/asQualifiedEntity/code"),
    )


def _sender(entity: ET.Element) -> Sender:
    reached = [each.get("value", "") for each in _all(entity, "telecom")]
    return Sender(
        kind=_code(entity, "code"),
        organisation=str(_text(entity, "representedOrganization/assignedEntity/representedOrganization/name")),
        department=str(_text(entity, "representedOrganization/name")),
        given=str(_text(entity, "assignedPerson/name/given")),
        family=str(_text(entity, "assignedPerson/name/family")),
        street=str(_text(entity, "addr/streetAddressLine")),
        city=str(_text(entity, "addr/city")),
        state=str(_text(entity, "addr/state")),
        postcode=str(_text(entity, "addr/postalCode")),
        country=_code(entity, "assignedPerson/asLocatedEntity/location/code"),
        telephone=_by_scheme(reached, "tel:"),
        email=_by_scheme(reached, "mailto:"),
    )


def _study(found: ET.Element) -> Study:
    return Study(
        name=str(_text(found, "title")),
        number=_extension(found, codes.STUDY_NUMBER),
        kind=_code(found, "code"),
        registrations=tuple(
            (
                _extension(each, codes.STUDY_REGISTRATION),
                _code(each, "author/territorialAuthority/governingPlace/code"),
            )
            for each in _all(found, "authorization/studyRegistration")
        ),
    )


def _patient(person: ET.Element) -> Patient:
    observed = _all(person, "subjectOf2/observation")
    age = _observation(observed, "age")
    group = _observation(observed, "ageGroup")
    autopsy = _observation(observed, "autopsy")
    found_by = _all(autopsy, "outboundRelationship2/observation") if autopsy is not None else []
    told = _all(person, "subjectOf2/organizer/component/observation")
    history = _observation(told, "historyAndConcurrentConditionText")
    return Patient(
        initials=_text(person, "player1/name"),
        investigation_number=_extension(person, codes.INVESTIGATION_NUMBER, at="player1/asIdentifiedEntity/id"),
        sex=_coded(person, "player1/administrativeGenderCode"),
        age=_attribute(age, "value") if age is not None else "",
        age_unit=_attribute(age, "value", name="unit") if age is not None else "",
        age_group=_code(group, "value") if group is not None else "",
        history=_text(history, "value") if history is not None else "",
        died=_given(person, "player1/deceasedTime"),
        causes=tuple(_cause(each) for each in observed if _is(each, "reportedCauseOfDeath")),
        autopsy=_given(autopsy, "value") if autopsy is not None else "",
        autopsy_causes=tuple(_cause(each) for each in found_by if _is(each, "causeOfDeath")),
    )


def _cause(found: ET.Element) -> CauseOfDeath:
    return CauseOfDeath(
        words=str(_text(found, "value/originalText")),
        code=_code(found, "value"),
        dictionary_version=_attribute(found, "value", name="codeSystemVersion"),
    )


def _reaction(found: ET.Element) -> Reaction:
    parts = _all(found, "outboundRelationship2/observation")
    term = _one(found, "value")
    verbatim = term.find("h:originalText", IN)
    highlighted, outcome = _observation(parts, "termHighlightedByReporter"), _observation(parts, "outcome")
    letters = {code: letter for letter, (code, _) in codes.CRITERIA.items()}
    return Reaction(
        identifier=_id(found, "."),
        verbatim=(verbatim.text or "") if verbatim is not None else "",
        language=verbatim.get("language", "") if verbatim is not None else "",
        dictionary_version=term.get("codeSystemVersion", ""),
        code=term.get("code", ""),
        highlighted=_code(highlighted, "value") if highlighted is not None else "",
        serious_as=frozenset(
            letters[_code(each, "code")]
            for each in parts
            if _code(each, "code") in letters and _attribute(each, "value") == "true"
        ),
        started=_given(found, "effectiveTime/low"),
        ended=_given(found, "effectiveTime/high"),
        outcome=_code(outcome, "value") if outcome is not None else "",
        country=_code(found, "location/locatedEntity/locatedPlace/code"),
    )


def _drug(found: ET.Element, *, role: str) -> Drug:
    parts = _all(found, "outboundRelationship2/observation")
    given = found.find("h:outboundRelationship2/h:substanceAdministration", IN)
    return Drug(
        identifier=_id(found, "."),
        role=role,
        name=str(_text(found, "consumable/instanceOfKind/kindOfProduct/name")),
        blinded=_says_true(parts, "blinded"),
        first_given=_attribute(given, "effectiveTime/low") if given is not None else "",
        dosage=str(_text(given, "text")) if given is not None else "",
        route=str(_text(given, "routeCode/originalText")) if given is not None else "",
        indication=str(_text(found, "inboundRelationship/observation/value/originalText")),
        action=_code(found, "inboundRelationship/act/code"),
    )


def _assessment(found: ET.Element) -> Assessment:
    return Assessment(
        drug=_id(found, "subject2/productUseReference"),
        reaction=_id(found, "subject1/adverseEffectReference"),
        source=str(_text(found, "author/assignedEntity/code/originalText")),
        method=str(_text(found, "methodCode/originalText")),
        result=str(_text(found, "value")),
    )


def _narrative(event: ET.Element, assessment: ET.Element) -> Narrative:
    comments = {
        _code(each, "author/assignedEntity/code"): str(_text(each, "value"))
        for each in _all(assessment, "component1/observationEvent")
    }
    return Narrative(str(_text(event, "text")), comments.get("3", ""), comments.get("1", ""))


def _path(names: str) -> str:
    return "/".join(name if name == "." else f"h:{name}" for name in names.split("/"))


def _all(parent: ET.Element, path: str) -> list[ET.Element]:
    return parent.findall(_path(path), IN)


def _one(parent: ET.Element, path: str) -> ET.Element:
    found = parent.find(_path(path), IN)
    if found is None:
        raise UnreadableXml(f"The report has no {path.rsplit('/', 1)[-1]}.")
    return found


def _attribute(parent: ET.Element, path: str, *, name: str = "value") -> str:
    found = parent.find(_path(path), IN)
    return found.get(name, "") if found is not None else ""


def _code(parent: ET.Element, path: str) -> str:
    return _attribute(parent, path, name="code")


def _given(parent: ET.Element, path: str, *, name: str = "value") -> Value:
    found = parent.find(_path(path), IN)
    if found is None:
        return ""
    return Null(found.attrib["nullFlavor"]) if "nullFlavor" in found.attrib else found.get(name, "")


def _coded(parent: ET.Element, path: str) -> Value:
    return _given(parent, path, name="code")


def _text(parent: ET.Element, path: str) -> Value:
    found = parent.find(_path(path), IN)
    if found is None:
        return ""
    return Null(found.attrib["nullFlavor"]) if "nullFlavor" in found.attrib else (found.text or "")


def _extension(parent: ET.Element, root: str, *, at: str = "id") -> str:
    return next((each.get("extension", "") for each in _all(parent, at) if each.get("root") == root), "")


def _id(parent: ET.Element, path: str) -> str:
    found = parent.find(f"{_path(path)}/h:id" if path != "." else "h:id", IN)
    return found.get("root", "") if found is not None else ""


def _is(found: ET.Element, name: str) -> bool:
    return _code(found, "code") == codes.OBSERVATIONS[name]


def _observation(found: Iterable[ET.Element], name: str) -> ET.Element | None:
    return next((each for each in found if _is(each, name)), None)


def _says_true(found: Iterable[ET.Element], name: str) -> bool:
    observation = _observation(found, name)
    return observation is not None and _attribute(observation, "value") == "true"


def _related(event: ET.Element, code: str) -> list[ET.Element]:
    found = _all(event, "outboundRelationship/relatedInvestigation")
    return [each for each in found if _code(each, "code") == code]


def _by_scheme(reached: Iterable[str], scheme: str) -> str:
    return next((each.removeprefix(scheme) for each in reached if each.startswith(scheme)), "")

"""Writes a report as the XML that ICH E2B(R3) describes: one batch, one message, one case.

The order of nodes is that of the message's schema; a receiver's system may refuse any other.
"""

from xml.etree import ElementTree as ET

from reports.icsr import codes
from reports.icsr.elements import (
    NO_INFORMATION,
    Assessment,
    CauseOfDeath,
    Drug,
    Identification,
    Narrative,
    Patient,
    PrimarySource,
    Reaction,
    SafetyReport,
    Sender,
    Study,
)
from reports.icsr.tree import coded, moment, named, node, text, truth, typed


def write(report: SafetyReport) -> bytes:
    """Returns the report as XML in UTF-8; the same report gives the same bytes."""
    ET.register_namespace("", codes.NAMESPACE)
    ET.register_namespace("xsi", codes.INSTANCE)
    root = ET.Element(named("MCCI_IN200100UV01"), {"ITSVersion": "XML_1.0"})
    batch = report.batch
    node(root, "id", extension=batch.number, root=codes.BATCH_NUMBER)
    moment(root, "creationTime", batch.transmitted)
    node(root, "responseModeCode", code="D")
    node(root, "interactionId", extension="MCCI_IN200100UV01", root=codes.INTERACTION)
    coded(root, "name", "1", of=codes.MESSAGE_TYPE, name="ichicsr")
    _message(node(root, "PORR_IN049016UV"), report)
    node(root, "receiver", "device", "id", extension=batch.receiver, root=codes.BATCH_RECEIVER)
    node(root, "sender", "device", "id", extension=batch.sender, root=codes.BATCH_SENDER)
    ET.indent(root, space="\t")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _message(parent: ET.Element, report: SafetyReport) -> None:
    message = report.message
    node(parent, "id", extension=message.identifier, root=codes.REPORT_ID)
    moment(parent, "creationTime", message.created)
    node(parent, "interactionId", extension="PORR_IN049016UV", root=codes.INTERACTION)
    node(parent, "processingCode", code="P")
    node(parent, "processingModeCode", code="T")
    node(parent, "acceptAckCode", code="AL")
    node(parent, "receiver", "device", "id", extension=message.receiver, root=codes.MESSAGE_RECEIVER)
    node(parent, "sender", "device", "id", extension=message.sender, root=codes.MESSAGE_SENDER)
    process = node(parent, "controlActProcess")
    coded(process, "code", "PORR_TE049016UV", of=codes.TRIGGER)
    moment(process, "effectiveTime", report.identification.created)
    _investigation(node(process, "subject", "investigationEvent"), report)


def _investigation(parent: ET.Element, report: SafetyReport) -> None:
    told = report.identification
    node(parent, "id", extension=told.safety_report_id, root=codes.REPORT_ID)
    node(parent, "id", extension=told.worldwide_id, root=codes.WORLDWIDE_ID)
    coded(parent, "code", "PAT_ADV_EVNT", of=codes.ACT_CODE)
    text(parent, "text", value=report.narrative.text)
    node(parent, "statusCode", code="active")
    moment(node(parent, "effectiveTime"), "low", told.first_received)
    moment(parent, "availabilityTime", told.latest_information)
    _assessment(node(parent, "component", "adverseEventAssessment"), report)
    _observed(node(parent, "component", "observationEvent"), "additionalDocumentsAvailable", told.additional_documents)
    _observed(node(parent, "component", "observationEvent"), "localCriteriaForExpedited", told.expedited)
    _first_sender(parent, told)
    for number, source in enumerate(report.sources, start=1):
        _source(parent, source, number=number)
    _sender(node(parent, "subjectOf1", "controlActEvent", "author", "assignedEntity"), report.sender)
    _characteristics(parent, told)


def _assessment(parent: ET.Element, report: SafetyReport) -> None:
    person = node(parent, "subject1", "primaryRole")
    _player(person, report.patient)
    _study(person, report.study)
    _characteristics_of(person, report.patient)
    for reaction in report.reactions:
        _reaction(node(person, "subjectOf2.SBJ", "observation"), reaction)
    group = node(person, "subjectOf2.SBJ", "organizer")
    coded(group, "code", "4", of=codes.GROUPING, name="drugInformation")
    for drug in report.drugs:
        _drug(node(group, "component", "substanceAdministration"), drug)
    for drug in report.drugs:
        _role(node(parent, "component", "causalityAssessment"), drug)
    for judged in report.assessments:
        _causality(node(parent, "component", "causalityAssessment"), judged)
    _comments(parent, report.narrative)


def _player(person: ET.Element, patient: Patient) -> None:
    player = node(person, "player1")
    text(player, "name", value=patient.initials)
    coded(player, "administrativeGenderCode", patient.sex, of=codes.SEX)
    moment(player, "deceasedTime", patient.died)
    if patient.investigation_number:
        record = node(player, "asIdentifiedEntity")
        node(record, "id", extension=patient.investigation_number, root=codes.INVESTIGATION_NUMBER)
        coded(record, "code", "4", of=codes.RECORD_SOURCE, name="investigation")


def _study(person: ET.Element, study: Study) -> None:
    found = node(person, "subjectOf1.SBJ", "researchStudy")
    node(found, "id", extension=study.number, root=codes.STUDY_NUMBER)
    coded(found, "code", study.kind, of=codes.STUDY_TYPE)
    text(found, "title", value=study.name)
    for number, country in study.registrations:
        registration = node(found, "authorization", "studyRegistration")
        node(registration, "id", extension=number, root=codes.STUDY_REGISTRATION)
        place = node(registration, "author", "territorialAuthority", "governingPlace")
        coded(place, "code", country, of=codes.COUNTRY)


def _characteristics_of(person: ET.Element, patient: Patient) -> None:
    if patient.age:
        age = _observation(person, "age")
        typed(node(age, "value", value=patient.age, unit=patient.age_unit), "PQ")
    if patient.age_group:
        group = _observation(person, "ageGroup")
        typed(coded(group, "value", patient.age_group, of=codes.AGE_GROUP), "CE")
    if patient.history != "":
        history = node(person, "subjectOf2.SBJ", "organizer")
        coded(history, "code", "1", of=codes.GROUPING, name="relevantMedicalHistoryAndConcurrentConditions")
        told = node(history, "component", "observation")
        name = "historyAndConcurrentConditionText"
        coded(told, "code", codes.OBSERVATIONS[name], of=codes.OBSERVATION, name=name)
        told_text = text(told, "value", value=patient.history)
        assert told_text is not None
        typed(told_text, "ED")
    for cause in patient.causes:
        _cause(_observation(person, "reportedCauseOfDeath"), cause)
    if patient.autopsy != "":
        autopsy = _observation(person, "autopsy")
        truth(autopsy, patient.autopsy)
        for cause in patient.autopsy_causes:
            found = node(autopsy, "outboundRelationship2.DRIV", "observation")
            name = "causeOfDeath"
            coded(found, "code", codes.OBSERVATIONS[name], of=codes.OBSERVATION, name=name)
            _cause(found, cause)


def _cause(found: ET.Element, cause: CauseOfDeath) -> None:
    if cause.code:
        value = coded(found, "value", cause.code, of=codes.MEDDRA, version=cause.dictionary_version)
    else:
        value = node(found, "value")
    text(typed(value, "CE"), "originalText", value=cause.words)


def _reaction(found: ET.Element, reaction: Reaction) -> None:
    node(found, "id", root=reaction.identifier)
    coded(found, "code", codes.OBSERVATIONS["reaction"], of=codes.OBSERVATION, name="reaction")
    if reaction.started != "" or reaction.ended != "":
        time = typed(node(found, "effectiveTime"), "IVL_TS")
        moment(time, "low", reaction.started)
        moment(time, "high", reaction.ended)
    value = typed(coded(found, "value", reaction.code, of=codes.MEDDRA, version=reaction.dictionary_version), "CE")
    told = text(value, "originalText", value=reaction.verbatim)
    if told is not None:
        told.set("language", reaction.language)
    place = node(found, "location.LOC", "locatedEntity", "locatedPlace")
    coded(place, "code", reaction.country, of=codes.COUNTRY)
    highlighted = _part(found, "termHighlightedByReporter")
    typed(coded(highlighted, "value", reaction.highlighted, of=codes.HIGHLIGHTED), "CE")
    for letter, (code, name) in codes.CRITERIA.items():
        criterion = node(found, "outboundRelationship2", "observation")
        coded(criterion, "code", code, of=codes.OBSERVATION, name=name)
        # What is not so is not said to be false: ICH knows true and no information.
        truth(criterion, letter in reaction.serious_as or NO_INFORMATION)
    typed(coded(_part(found, "outcome"), "value", reaction.outcome, of=codes.OUTCOME), "CE")


def _drug(found: ET.Element, drug: Drug) -> None:
    node(found, "id", root=drug.identifier)
    text(found, "consumable", "instanceOfKind", "kindOfProduct", "name", value=drug.name)
    if drug.blinded:
        truth(_part(found, "blinded"), True)
    if drug.first_given or drug.dosage or drug.route:
        given = node(found, "outboundRelationship2.COMP", "substanceAdministration")
        text(given, "text", value=drug.dosage)
        if drug.first_given:
            moment(typed(node(given, "effectiveTime"), "IVL_TS"), "low", drug.first_given)
        text(given, "routeCode", "originalText", value=drug.route)
    if drug.indication:
        why = node(found, "inboundRelationship.RSON", "observation")
        coded(why, "code", codes.OBSERVATIONS["indication"], of=codes.OBSERVATION, name="indication")
        value = typed(node(why, "value"), "CE")
        text(value, "originalText", value=drug.indication)
        _said_by(why, "performer", "3", "sourceReporter")
    if drug.action:
        done = node(found, "inboundRelationship.CAUS", "act")
        coded(done, "code", drug.action, of=codes.DRUG_ACTION)


def _role(found: ET.Element, drug: Drug) -> None:
    name = "interventionCharacterization"
    coded(found, "code", codes.OBSERVATIONS[name], of=codes.OBSERVATION, name=name)
    typed(coded(found, "value", drug.role, of=codes.DRUG_ROLE), "CE")
    node(found, "subject2", "productUseReference", "id", root=drug.identifier)


def _causality(found: ET.Element, judged: Assessment) -> None:
    coded(found, "code", codes.OBSERVATIONS["causality"], of=codes.OBSERVATION, name="causality")
    result = text(found, "value", value=judged.result)
    if result is not None:
        typed(result, "ST")
    text(found, "methodCode", "originalText", value=judged.method)
    text(found, "author", "assignedEntity", "code", "originalText", value=judged.source)
    node(found, "subject1.SUBJ", "adverseEffectReference", "id", root=judged.reaction)
    node(found, "subject2", "productUseReference", "id", root=judged.drug)


def _comments(parent: ET.Element, narrative: Narrative) -> None:
    said = ((narrative.reporter_comment, "3", "sourceReporter"), (narrative.sender_comment, "1", "sender"))
    for words, code, name in said:
        if words:
            comment = node(parent, "component1", "observationEvent")
            coded(comment, "code", codes.OBSERVATIONS["comment"], of=codes.OBSERVATION, name="comment")
            value = text(comment, "value", value=words)
            assert value is not None
            typed(value, "ED")
            _said_by(comment, "author", code, name)


def _first_sender(parent: ET.Element, told: Identification) -> None:
    first = node(parent, "outboundRelationship", "relatedInvestigation")
    coded(first, "code", "1", of=codes.RELATED_REPORT, name="initialReport")
    sender = node(first, "subjectOf2", "controlActEvent", "author", "assignedEntity")
    coded(sender, "code", told.first_sender, of=codes.FIRST_SENDER)


def _source(parent: ET.Element, source: PrimarySource, *, number: int) -> None:
    relation = node(parent, "outboundRelationship")
    if number == 1:
        node(relation, "priorityNumber", value="1")
    report = node(relation, "relatedInvestigation")
    coded(report, "code", "2", of=codes.RELATED_REPORT, name="sourceReport")
    entity = node(report, "subjectOf2", "controlActEvent", "author", "assignedEntity")
    person = node(entity, "assignedPerson")
    if source.given != "" or source.family != "":
        name = node(person, "name")
        text(name, "given", value=source.given)
        text(name, "family", value=source.family)
    qualified = node(person, "asQualifiedEntity")
    coded(qualified, "code", source.qualification, of=codes.QUALIFICATION)
    coded(node(person, "asLocatedEntity", "location"), "code", source.country, of=codes.COUNTRY)
    text(entity, "representedOrganization", "name", value=source.organisation)


def _sender(entity: ET.Element, sender: Sender) -> None:
    coded(entity, "code", sender.kind, of=codes.SENDER_TYPE)
    if sender.street or sender.city or sender.state or sender.postcode:
        address = node(entity, "addr")
        for tag, value in (
            ("streetAddressLine", sender.street),
            ("city", sender.city),
            ("state", sender.state),
            ("postalCode", sender.postcode),
        ):
            text(address, tag, value=value)
    for scheme, reached in (("tel", sender.telephone), ("mailto", sender.email)):
        if reached:
            node(entity, "telecom", value=f"{scheme}:{reached}")
    person = node(entity, "assignedPerson")
    if sender.given or sender.family:
        name = node(person, "name")
        text(name, "given", value=sender.given)
        text(name, "family", value=sender.family)
    if sender.country:
        coded(node(person, "asLocatedEntity", "location"), "code", sender.country, of=codes.COUNTRY)
    department = node(entity, "representedOrganization")
    text(department, "name", value=sender.department)
    text(department, "assignedEntity", "representedOrganization", "name", value=sender.organisation)


def _characteristics(parent: ET.Element, told: Identification) -> None:
    kind = _characteristic(parent, "1", "ichReportType")
    typed(coded(kind, "value", told.report_type, of=codes.REPORT_TYPE), "CE")
    truth(_characteristic(parent, "2", "otherCaseIds"), NO_INFORMATION)
    if told.nullification:
        code = _characteristic(parent, "3", "nullificationAmendmentCode")
        typed(coded(code, "value", told.nullification, of=codes.NULLIFICATION_LIST), "CE")
        reason = _characteristic(parent, "4", "nullificationAmendmentReason")
        text(typed(node(reason, "value"), "CE"), "originalText", value=told.nullification_reason)


def _characteristic(parent: ET.Element, code: str, name: str) -> ET.Element:
    found = node(parent, "subjectOf2", "investigationCharacteristic")
    coded(found, "code", code, of=codes.CHARACTERISTIC, name=name)
    return found


def _observation(person: ET.Element, name: str) -> ET.Element:
    found = node(person, "subjectOf2.SBJ", "observation")
    coded(found, "code", codes.OBSERVATIONS[name], of=codes.OBSERVATION, name=name)
    return found


def _part(parent: ET.Element, name: str) -> ET.Element:
    found = node(parent, "outboundRelationship2", "observation")
    coded(found, "code", codes.OBSERVATIONS[name], of=codes.OBSERVATION, name=name)
    return found


def _observed(found: ET.Element, name: str, value: bool) -> None:
    coded(found, "code", codes.OBSERVATIONS[name], of=codes.OBSERVATION, name=name)
    truth(found, value)


def _said_by(parent: ET.Element, tag: str, code: str, name: str) -> None:
    coded(node(parent, tag, "assignedEntity"), "code", code, of=codes.ASSIGNED, name=name)

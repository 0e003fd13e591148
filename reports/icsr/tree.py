"""The nodes of an HL7 message: each class of node carries the attributes that its model gives it."""

from typing import Any
from xml.etree import ElementTree as ET

from reports.icsr.codes import INSTANCE, NAMESPACE
from reports.icsr.elements import Null, Value

XSI_TYPE = f"{{{INSTANCE}}}type"
# What kind of act, role or entity a node is; participations carry a type, which a name may bring with it.
ACTS = {
    "controlActProcess": "CACT", "controlActEvent": "CACT", "investigationEvent": "INVSTG",
    "adverseEventAssessment": "INVSTG", "relatedInvestigation": "INVSTG", "observation": "OBS",
    "observationEvent": "OBS", "investigationCharacteristic": "OBS", "causalityAssessment": "OBS",
    "adverseEffectReference": "OBS", "organizer": "CATEGORY", "substanceAdministration": "SBADM",
    "productUseReference": "SBADM", "researchStudy": "CLNTRL", "studyRegistration": "ACT", "act": "ACT",
}  # fmt: skip
ENTITIES = {
    "player1": "PSN", "assignedPerson": "PSN", "device": "DEV", "representedOrganization": "ORG",
    "location": "COUNTRY", "locatedPlace": "COUNTRY", "governingPlace": "COUNTRY",
}  # fmt: skip
ROLES = {
    "primaryRole": "INVSBJ", "assignedEntity": "ASSIGNED", "asIdentifiedEntity": "IDENT", "asQualifiedEntity": "QUAL",
    "asLocatedEntity": "LOCE", "locatedEntity": "LOCE", "instanceOfKind": "INST", "territorialAuthority": "TERR",
}  # fmt: skip
PARTICIPATIONS = {
    "author": "AUT", "performer": "PRF", "consumable": "CSM", "component": "COMP", "component1": "COMP",
    "subject": "SUBJ", "subject1": "SBJ", "subject2": "SUBJ", "subjectOf1": "SUBJ", "subjectOf2": "SUBJ",
    "receiver": "RCV", "sender": "SND", "outboundRelationship": "SPRT", "outboundRelationship2": "PERT",
    "authorization": "AUTH",
}  # fmt: skip


def named(tag: str) -> str:
    """Returns a tag in HL7's namespace."""
    return f"{{{NAMESPACE}}}{tag}"


def node(parent: ET.Element, *names: str, **attributes: Any) -> ET.Element:
    """Returns the last of a chain of new nodes below a parent; the attributes are the last one's.

    A name may carry its participation's type after a full stop: `subjectOf2.SBJ`.
    """
    below = parent
    for name in names:
        tag, _, kind = name.partition(".")
        below = ET.SubElement(below, named(tag), _attributes(tag, kind))
    for key, value in attributes.items():
        below.set(key, str(value))
    return below


def text(parent: ET.Element, *names: str, value: Value) -> ET.Element | None:
    """Returns a node with a text, or with the reason why there is none; nothing at all for an empty text."""
    if value == "":
        return None
    found = node(parent, *names)
    if isinstance(value, Null):
        found.set("nullFlavor", value.flavor)
    else:
        found.text = value
    return found


def moment(parent: ET.Element, tag: str, value: Value) -> None:
    """Adds a date or a moment, or the reason why it is not known; nothing for an empty text."""
    if value != "":
        node(parent, tag, **_given(value))


def coded(parent: ET.Element, tag: str, value: Value, *, of: str, name: str = "", version: str = "") -> ET.Element:
    """Returns a node with a code of a code list, or with the reason why there is none."""
    found = node(parent, tag)
    if isinstance(value, Null):
        found.set("nullFlavor", value.flavor)
        return found
    found.set("code", value)
    found.set("codeSystem", of)
    if version:
        found.set("codeSystemVersion", version)
    if name:
        found.set("displayName", name)
    return found


def typed(found: ET.Element, kind: str) -> ET.Element:
    """Returns the node with its HL7 data type said, as a `value` must."""
    found.set(XSI_TYPE, kind)
    return found


def truth(parent: ET.Element, value: bool | Value) -> None:
    """Adds a value that is true or false, or the reason why neither is said."""
    given = {"value": str(value).lower()} if isinstance(value, bool) else _given(value)
    typed(node(parent, "value", **given), "BL")


def _given(value: Value) -> dict[str, str]:
    return {"nullFlavor": value.flavor} if isinstance(value, Null) else {"value": value}


def _attributes(tag: str, kind: str) -> dict[str, str]:
    if kind:
        return {"typeCode": kind}
    if tag in ACTS:
        return {"classCode": ACTS[tag], "moodCode": "EVN"}
    if tag in ENTITIES:
        return {"classCode": ENTITIES[tag], "determinerCode": "INSTANCE"}
    if tag == "kindOfProduct":
        return {"classCode": "MMAT", "determinerCode": "KIND"}
    if tag in ROLES:
        return {"classCode": ROLES[tag]}
    return {"typeCode": PARTICIPATIONS[tag]} if tag in PARTICIPATIONS else {}

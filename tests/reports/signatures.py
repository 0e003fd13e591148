"""The place of a node in a message, as a line of text: names, classes and what an observation is, from the root."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

NAMESPACE = "{urn:hl7-org:v3}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
CLASSES = ("typeCode", "classCode", "moodCode", "determinerCode")
TOLD_APART = {
    "observation", "organizer", "observationEvent", "investigationCharacteristic", "causalityAssessment",
    "relatedInvestigation",
}  # fmt: skip
# What stands before nearly every place, and would make each line unreadable.
SHORT = {
    "PORR_IN049016UV/controlActProcess@CACT.EVN/subject@SUBJ/investigationEvent@INVSTG.EVN": "~event",
    "~event/component@COMP/adverseEventAssessment@INVSTG.EVN": "~assessment",
    "~assessment/subject1@SBJ/primaryRole@INVSBJ": "~person",
    "~person/subjectOf2@SBJ/observation[29]@OBS.EVN": "~reaction",
    "~person/subjectOf2@SBJ/organizer[4]@CATEGORY.EVN/component@COMP/substanceAdministration@SBADM.EVN": "~drug",
}


def signature(node: ET.Element) -> str:
    """Returns one step of a place: the name, which one of its kind it is, and its classes."""
    name = node.tag.replace(NAMESPACE, "")
    code = node.find(f"{NAMESPACE}code")
    if name == "id" and "extension" in node.attrib:
        name = f"id[{node.get('root')}]"
    elif name in TOLD_APART and code is not None:
        name = f"{name}[{code.get('code')}]"
    classes = [node.attrib[each] for each in CLASSES if each in node.attrib]
    return f"{name}@{'.'.join(classes)}" if classes else name


def with_list(node: ET.Element) -> str:
    """Returns the last step with the data type and the code list of what stands there."""
    told = [node.attrib[each] for each in (TYPE, "codeSystem") if each in node.attrib]
    return " ".join([signature(node), *told])


def places(root: ET.Element, above: str = "") -> Iterator[tuple[str, ET.Element]]:
    """Returns every place of a message with its node, from the root down."""
    for node in root:
        if node.tag is ET.Comment:
            continue
        yield shortened(f"{above}{with_list(node)}"), node
        yield from places(node, f"{shortened(above + signature(node))}/")


def shortened(place: str) -> str:
    """Returns a place with what stands before nearly every one in a word."""
    for whole, word in SHORT.items():
        if place == whole or place.startswith((f"{whole}/", f"{whole} ")):
            place = word + place[len(whole) :]
    return place

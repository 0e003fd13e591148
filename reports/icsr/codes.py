"""Identifiers of the code lists that ICH E2B(R3) names, and the codes by which parts of a report are told apart."""

NAMESPACE = "urn:hl7-org:v3"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
ICH = "2.16.840.1.113883.3.989.2.1"
INTERACTION = "2.16.840.1.113883.1.6"
TRIGGER = "2.16.840.1.113883.1.18"
COUNTRY = "1.0.3166.1.2.2"
SEX = "1.0.5218"
MEDDRA = "2.16.840.1.113883.6.163"
ACT_CODE = "2.16.840.1.113883.5.4"


def code_list(number: int) -> str:
    """Returns the identifier of one of ICH's code lists."""
    return f"{ICH}.1.{number}"


def identifier_of(number: int) -> str:
    """Returns the identifier of one of ICH's kinds of number."""
    return f"{ICH}.3.{number}"


REPORT_ID, WORLDWIDE_ID = identifier_of(1), identifier_of(2)
STUDY_NUMBER, STUDY_REGISTRATION, INVESTIGATION_NUMBER = identifier_of(5), identifier_of(6), identifier_of(10)
MESSAGE_SENDER, MESSAGE_RECEIVER = identifier_of(11), identifier_of(12)
BATCH_SENDER, BATCH_RECEIVER, BATCH_NUMBER = identifier_of(13), identifier_of(14), identifier_of(22)
ACKNOWLEDGED_LOCALLY = identifier_of(19)

MESSAGE_TYPE, REPORT_TYPE, FIRST_SENDER = code_list(1), code_list(2), code_list(3)
RECORD_SOURCE, NULLIFICATION_LIST, QUALIFICATION = code_list(4), code_list(5), code_list(6)
SENDER_TYPE, STUDY_TYPE, AGE_GROUP, HIGHLIGHTED = code_list(7), code_list(8), code_list(9), code_list(10)
OUTCOME, DRUG_ROLE, DRUG_ACTION = code_list(11), code_list(13), code_list(15)
OBSERVATION, GROUPING, ASSIGNED = code_list(19), code_list(20), code_list(21)
RELATED_REPORT, CHARACTERISTIC = code_list(22), code_list(23)

# What an observation is, by its code in ICH's list of observations.
OBSERVATIONS = {
    "additionalDocumentsAvailable": "1", "age": "3", "ageGroup": "4", "autopsy": "5", "blinded": "6",
    "causeOfDeath": "8", "comment": "10", "historyAndConcurrentConditionText": "18", "indication": "19",
    "interventionCharacterization": "20", "localCriteriaForExpedited": "23", "outcome": "27", "reaction": "29",
    "reportedCauseOfDeath": "32", "termHighlightedByReporter": "37", "causality": "39",
}  # fmt: skip
# E.i.3.2: the letter of each criterion of seriousness, with the observation that says it.
CRITERIA = {
    "a": ("34", "resultsInDeath"),
    "b": ("21", "isLifeThreatening"),
    "c": ("33", "requiresInpatientHospitalization"),
    "d": ("35", "resultsInPersistentOrSignificantDisability"),
    "e": ("12", "congenitalAnomalyBirthDefect"),
    "f": ("26", "otherMedicallyImportantCondition"),
}
DEATH = "a"
OUTCOMES = {
    "1": "recovered",
    "2": "recovering",
    "3": "not recovered",
    "4": "recovered with sequelae",
    "5": "fatal",
    "0": "unknown",
}
FATAL = "5"
ACTIONS = {
    "1": "withdrawn",
    "2": "dose reduced",
    "3": "dose increased",
    "4": "dose not changed",
    "0": "unknown",
    "9": "not applicable",
}
ROLES = {"1": "suspect", "2": "concomitant", "3": "interacting", "4": "not administered"}
SUSPECTED_ROLES = frozenset({"1", "3", "4"})
FLAVORS = frozenset({"NI", "MSK", "UNK", "ASKU", "NASK", "NA"})
QUALIFICATIONS = frozenset("12345")
SENDER_TYPES = frozenset("1234567")
STUDY_TYPES = frozenset("123")
REPORT_TYPES = frozenset("1234")
SEXES = frozenset("12")
AGE_UNITS = frozenset({"a", "mo", "wk", "d", "h", "{decade}"})

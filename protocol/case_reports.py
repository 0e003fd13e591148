"""What individual case safety reports say of the trial, who sends them and to whom: the block `safety_reports`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from protocol.shapes import TAGS

FOLDER, MAIL = "folder", "mail"
GATEWAYS = (FOLDER, MAIL)


@dataclass(frozen=True)
class ReportSender:
    """The organisation that sends reports, and the identifier by which receivers know it."""

    kind: str
    organisation: str
    identifier: str
    department: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    telephone: str = ""
    email: str = ""


@dataclass(frozen=True)
class ReportReceiver:
    """Somebody to whom reports go: the identifiers of batch and message, and the gateway on which they leave."""

    code: str
    name: str
    batch: str
    message: str
    gateway: str


@dataclass(frozen=True)
class ReportedProduct:
    """What is said of the study drug while nobody may know what it is, and by arm once regulators may."""

    name: str
    route: str = ""
    indication: str = ""
    by_arm: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseReporting:
    """Everything that the protocol says of reports of serious cases.

    `revealing_words` stand in no blinded report. `retry_minutes` is how long a transmission waits after each failure.
    """

    number_prefix: str
    language: str
    method: str
    study_kind: str
    registrations: tuple[tuple[str, str], ...]
    product: ReportedProduct
    site_countries: Mapping[str, str]
    sex_variable: str
    sexes: Mapping[str, str]
    age_variable: str
    sender: ReportSender
    receivers: Mapping[str, ReportReceiver]
    revealing_words: tuple[str, ...]
    retry_minutes: tuple[int, ...]


def case_reporting_from(block: Mapping[str, Any]) -> CaseReporting | None:
    """Returns what a block of the file says of reports; None where the protocol has no such block."""
    if not block:
        return None
    study, sender, product = (_plain(block[name]) for name in ("study", "sender", "product"))
    return CaseReporting(
        number_prefix=block["number_prefix"],
        language=block["language"],
        method=block["method"],
        study_kind=study["kind"],
        registrations=tuple((row["number"], row["country"]) for row in study.get("registrations") or ()),
        product=ReportedProduct(**product | {"by_arm": MappingProxyType(_plain(product.get("by_arm") or {}))}),
        site_countries=MappingProxyType(_plain(block["site_countries"])),
        sex_variable=block["sex"]["variable"],
        sexes=MappingProxyType(_plain(block["sex"]["codes"])),
        age_variable=block["age_variable"],
        sender=ReportSender(**sender),
        receivers=MappingProxyType(
            {code: ReportReceiver(code=code, **_plain(row)) for code, row in _plain(block["receivers"]).items()}
        ),
        revealing_words=tuple(block["revealing_words"]),
        retry_minutes=tuple(block["retry_minutes"]),
    )


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in TAGS}

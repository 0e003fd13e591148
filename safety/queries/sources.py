"""Entries in which an event may be told first, and what of them is carried along into its report."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse

from core.clock import local_date
from core.templatetags.vigil import clock, day
from integration.queries import told_at, visit_of_text
from patients.models import Participant
from patients.queries import visit_by_public_id
from safety.models import Mention
from sessions.models import DosingSession, ObservedEffect, SessionNote

EFFECT, SESSION_NOTE, VISIT, MENTION = "effect", "session_note", "visit", "mention"


@dataclass(frozen=True)
class Source:
    """An entry in which something was told: where it stands, when, and in which words."""

    kind: str
    public_id: str
    label: str
    url: str
    told_at: datetime | None
    term: str = ""
    words: str = ""
    valence: str = ""
    severity: str = ""
    session: DosingSession | None = None
    mention: Mention | None = None

    @property
    def key(self) -> str:
        """Returns the name under which forms and addresses carry the entry."""
        if self.mention is not None:
            return f"{MENTION}:{self.mention.public_id}"
        return f"{self.kind}:{self.public_id}"


def source_of(participant: Participant, key: str) -> Source | None:
    """Returns the entry of a participant that a key names, if there is one."""
    kind, _, public_id = key.partition(":")
    find = {EFFECT: _effect, SESSION_NOTE: _session_note, VISIT: _visit, MENTION: _mention}.get(kind)
    return find(participant, public_id) if find else None


def _effect(participant: Participant, public_id: str) -> Source | None:
    found = ObservedEffect.objects.filter(public_id=public_id, session__participant=participant)
    effect = found.select_related("session__site").first()
    if effect is None:
        return None
    valence = "" if effect.valence == "not_asked" else effect.valence
    return Source(
        EFFECT, public_id, _in_session(effect), _session_url(effect.session), effect.observed_at, term=effect.term,
        words=effect.term, valence=valence, severity=effect.severity, session=effect.session,
    )  # fmt: skip


def _session_note(participant: Participant, public_id: str) -> Source | None:
    found = SessionNote.objects.filter(public_id=public_id, session__participant=participant)
    note = found.select_related("session__site").first()
    if note is None:
        return None
    return Source(
        SESSION_NOTE, public_id, _in_session(note), _session_url(note.session), note.observed_at, words=note.text,
        session=note.session,
    )  # fmt: skip


def _visit(participant: Participant, public_id: str) -> Source | None:
    visit = visit_by_public_id(participant, public_id)
    if visit is None:
        return None
    told = told_at(visit)
    told_at_moment = told.at if told else visit.started_at
    label = f"{visit.code} {visit.name}"
    if told_at_moment is not None:
        label = f"{label}, {day(told_at_moment, participant.site.zone)}"
    # The page of the visit opens to whoever reads events, and leads on to the note or contact those to whom they open.
    url = reverse("patients:visit-detail", args=[public_id])
    return Source(VISIT, public_id, label, url, told_at_moment, words=told.words if told else "")


def _mention(participant: Participant, public_id: str) -> Source | None:
    """Returns the entry in which a mention stands, with the sentence in place of the whole text."""
    mention = Mention.objects.filter(public_id=public_id, participant=participant).first()
    if mention is None:
        return None
    visit = visit_of_text(mention.text_id)
    entry = _visit(participant, visit.public_id) if visit else _session_note(participant, mention.text_id)
    if entry is None:
        # An answer stands in no note: the event carries the sentence, and the mention names the event.
        page = reverse("safety:mention-detail", args=[public_id])
        return Source(
            "", "", mention.get_kind_display(), page, mention.told_at, words=mention.sentence, mention=mention
        )
    return replace(entry, words=mention.sentence, told_at=mention.told_at, mention=mention)


def _in_session(entry: ObservedEffect | SessionNote) -> str:
    zone = entry.session.site.zone
    return f"Session {entry.session.number}, {day(entry.observed_at, zone)} {clock(entry.observed_at, zone)}"


def _session_url(session: DosingSession) -> str:
    return reverse("sessions:session-detail", args=[session.public_id])


def told_on(source: Source, *, zone: str) -> str:
    """Returns the day on which it was told, at its site."""
    return local_date(source.told_at, zone=zone).isoformat() if source.told_at else ""

"""The ledgers of the room: touch, recording, setting, effects asked at fixed times, drink, checklist, calls."""

from typing import Any, ClassVar

from django.db import models

from core.models import Person
from sessions.models.entry import SessionEntry, correction_has_reason


class TouchEvent(SessionEntry):
    """Supportive touch: who offered or asked for it, what was answered, of what kind it was; and the stop word."""

    FROM: ClassVar[list[tuple[str, str]]] = [
        ("therapist", "Offered by a therapist"),
        ("participant", "Asked for by the participant"),
    ]
    RESPONSES: ClassVar[list[tuple[str, str]]] = [
        ("accepted", "Accepted"),
        ("declined", "Declined"),
        ("stopped", "Stopped"),
    ]

    code = models.CharField("kind of touch, by the protocol", max_length=40)
    words = models.CharField("kind of touch in words", max_length=120)
    offered_from = models.CharField(max_length=12, choices=FROM)
    response = models.CharField(max_length=10, choices=RESPONSES)
    stop_word = models.BooleanField("the stop word was said", default=False)
    outside_preferences = models.BooleanField("not among what the participant welcomed before", default=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("touch_correction_has_reason")]

    def __str__(self) -> str:
        return f"{self.words}: {self.get_response_display().lower()}{', stop word' if self.stop_word else ''}"


class RecordingMark(SessionEntry):
    """A line of the index of a recording by its time code; the recording itself is kept elsewhere."""

    KINDS: ClassVar[list[tuple[str, str]]] = [
        ("started", "Started"),
        ("paused", "Paused"),
        ("resumed", "Goes on"),
        ("stopped", "Stopped"),
        ("mark", "Moment marked"),
        ("whole", "Attested: the whole session is recorded"),
        ("gap", "Attested: not, or not wholly recorded"),
    ]
    ATTESTED: ClassVar[tuple[str, ...]] = ("whole", "gap")

    kind = models.CharField(max_length=10, choices=KINDS)
    time_code = models.CharField(max_length=10, blank=True)
    reference = models.CharField("number of the file or card", max_length=60, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            correction_has_reason("recording_correction_has_reason"),
            models.CheckConstraint(
                name="recording_gap_is_explained", condition=~models.Q(kind="gap") | ~models.Q(note="")
            ),
        ]

    def __str__(self) -> str:
        return f"Recording: {self.get_kind_display().lower()}{f' at {self.time_code}' if self.time_code else ''}"


class SettingMark(SessionEntry):
    """Something of the setting: music, light, position, an interruption."""

    code = models.CharField(max_length=40)
    words = models.CharField(max_length=120)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("setting_correction_has_reason")]

    def __str__(self) -> str:
        return f"{self.words}{f': {self.note}' if self.note else ''}"


class EffectEnquiry(SessionEntry):
    """The abuse-related effects, asked one by one at a time of the protocol's plan; every answer is kept."""

    minute = models.PositiveSmallIntegerField("minute of the plan")
    answers = models.JSONField("present or not, by code of the grid")

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("enquiry_correction_has_reason")]

    def __str__(self) -> str:
        present = sum(bool(answer) for answer in self.answers.values())
        return f"Effects asked: {present} of {len(self.answers)} present"


class FluidIntake(SessionEntry):
    """What the participant drank."""

    amount_ml = models.PositiveSmallIntegerField("amount in millilitres")

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("fluid_correction_has_reason")]

    def __str__(self) -> str:
        return f"Drank {self.amount_ml} ml"


class ChecklistAnswer(SessionEntry):
    """An answer to one line of the protocol's list before the initial dose."""

    code = models.CharField(max_length=20)
    done = models.BooleanField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            correction_has_reason("checklist_correction_has_reason"),
            models.CheckConstraint(
                name="checklist_no_is_explained", condition=models.Q(done=True) | ~models.Q(note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {'yes' if self.done else 'no'}"


class PhysicianCall(SessionEntry):
    """A call to the physician: about what, whether somebody answered, and what was said."""

    physician = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    about = models.CharField(max_length=200)
    reached = models.BooleanField()
    advice = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            correction_has_reason("call_correction_has_reason"),
            models.CheckConstraint(
                name="call_reached_says_advice", condition=models.Q(reached=False) | ~models.Q(advice="")
            ),
        ]

    def __str__(self) -> str:
        return f"Physician {'reached' if self.reached else 'not reached'}{f': {self.advice}' if self.advice else ''}"

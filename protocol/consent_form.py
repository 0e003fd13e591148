"""The document of a consent form in one language: sections, questions of understanding, options, and the page's words.

`load_form` refuses a bad file with every fault and its place, as a protocol file is refused. Source: ICH E6(R3) 2.8.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocol.definition import ConsentOption
from protocol.document import ProtocolFaults, read
from protocol.shapes import Block, ListOf, OneOf, Ref, TableOf, Text, Watch, Whole

CODE = Text(r"[A-Za-z0-9][A-Za-z0-9_-]*")
DISCUSS, END = "discuss", "end"
# What the page says beside the form's own text, in the language of the form: whoever signs reads one language.
WORDS = (
    "part", "of", "read", "back", "question", "check", "right", "not_right", "go_on", "talk_title", "talk_text",
    "ended_title", "ended_text", "options_title", "options_text", "yes", "no", "needed", "free", "email", "sign_title",
    "name", "name_help", "drawing", "drawing_help", "clear", "typed", "sign", "done_title", "done_text", "problem",
    "choose", "refused_needed", "write_name", "sign_missing", "for_staff",
)  # fmt: skip


@dataclass(frozen=True)
class Section:
    """One part of the form, read by itself; paragraphs are divided by an empty line."""

    code: str
    title: str
    text: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """Returns the paragraphs of the text."""
        return tuple(" ".join(part.split()) for part in self.text.split("\n\n") if part.strip())


@dataclass(frozen=True)
class Question:
    """One question of understanding about a section, with its choices and why the right one is right."""

    code: str
    section: str
    text: str
    choices: Mapping[str, str]
    answer: str
    explanation: str


@dataclass(frozen=True)
class ConsentDocument:
    """A consent form as it was loaded; `tries` wrong answers to one question are followed by what `then` names."""

    version: str
    language: str
    language_name: str
    title: str
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    tries: int
    then: str
    options: Mapping[str, str]
    statement: str
    words: Mapping[str, str]

    def section(self, code: str) -> Section:
        """Returns the section of a code."""
        return next(section for section in self.sections if section.code == code)

    def question(self, code: str) -> Question:
        """Returns the question of a code."""
        return next(question for question in self.questions if question.code == code)


FORM = Block(
    {
        "form": Block(
            {"version": Text(), "language": Text(r"[a-z]{2}(-[A-Z]{2})?"), "language_name": Text(), "title": Text()}
        ),
        "sections": ListOf(Block({"code": CODE, "title": Text(), "text": Text()}), unique="code", least=1),
        "comprehension": Block({"tries": Whole(low=1), "then": OneOf((DISCUSS, END))}),
        "questions": ListOf(
            Block(
                {
                    "code": CODE,
                    "section": Ref("section"),
                    "text": Text(),
                    "choices": TableOf(Text(), key=CODE),
                    "answer": CODE,
                    "explanation": Text(),
                }
            ),
            unique="code",
        ),
        "options": TableOf(Text(), key=Ref("option")),
        "statement": Text(),
        "words": Block(dict.fromkeys(WORDS, Text())),
    }
)


def load_form(text: str, *, options: tuple[ConsentOption, ...]) -> ConsentDocument:
    """Returns the form of a file; `options` are those of the protocol version, each of which the form must word.

    Raises ProtocolFaults with every fault, in the order of the file.
    """
    document, faults = read(text)
    values = document.values
    watch = Watch(
        document,
        names={
            "section": frozenset(_codes(values.get("sections"))),
            "option": frozenset(option.code for option in options),
            "source": frozenset(),
        },
        variables={},
    )
    FORM.check(values, at=(), watch=watch)
    _check_questions(values, watch)
    _check_options(values, options, watch)
    found = faults + watch.faults
    if found:
        raise ProtocolFaults(tuple(sorted(dict.fromkeys(found), key=lambda fault: fault.line)))
    return _built(values)


def read_form(text: str) -> ConsentDocument:
    """Returns the form of a file that was checked when it was loaded."""
    return _built(read(text)[0].values)


def _built(values: dict[str, Any]) -> ConsentDocument:
    questions = tuple(
        Question(**row | {"choices": dict(row["choices"]), "explanation": " ".join(row["explanation"].split())})
        for row in values["questions"]
    )
    return ConsentDocument(
        **values["form"],
        sections=tuple(Section(row["code"], row["title"], row["text"]) for row in values["sections"]),
        questions=questions,
        tries=values["comprehension"]["tries"],
        then=values["comprehension"]["then"],
        options=dict(values["options"]),
        statement=" ".join(values["statement"].split()),
        words=dict(values["words"]),
    )


def _check_questions(values: dict[str, Any], watch: Watch) -> None:
    for index, row in enumerate(_rows(values.get("questions"))):
        choices, at = row.get("choices"), ("questions", index)
        if not isinstance(choices, dict):
            continue
        if len(choices) < 2:
            watch.fault((*at, "choices"), "A question needs two choices at least.")
        if row.get("answer") is not None and row["answer"] not in choices:
            watch.fault((*at, "answer"), f"“{row['answer']}” is not one of the choices.")


def _check_options(values: dict[str, Any], options: tuple[ConsentOption, ...], watch: Watch) -> None:
    worded = values.get("options")
    if not isinstance(worded, dict):
        return
    for option in options:
        if option.code not in worded:
            watch.fault(("options",), f"The protocol's option “{option.code}” ({option.text}) has no words here.")


def _codes(rows: object) -> list[str]:
    return [str(row["code"]) for row in _rows(rows) if row.get("code") is not None]


def _rows(value: object) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


# --- reading it ----------------------------------------------------------------------------------------------------
READ, ANSWERED, DISCUSSED, CHOSE = "read", "answered", "discussed", "chose"


@dataclass(frozen=True)
class Step:
    """One thing that was done while a form was read: a section read, an answer, a talk, the options chosen."""

    kind: str
    code: str = ""
    right: bool = False


@dataclass(frozen=True)
class Place:
    """What comes next: `section`, `question`, `talk` (a person must help), `options`, `sign`, or `ended`."""

    kind: str
    code: str = ""
    again: bool = False


def place_after(form: ConsentDocument, steps: Sequence[Step]) -> Place:
    """Each section is read before its questions are asked; a wrong answer leads back to the section.

    After as many wrong answers to one question as the form allows, a talk comes first, or the reading ends.
    """
    read, right, wrong = set[str](), set[str](), dict[str, int]()
    again, chosen = "", False
    for step in steps:
        if step.kind == READ:
            read.add(step.code)
            again = "" if again == step.code else again
        elif step.kind == ANSWERED and step.right:
            right.add(step.code)
        elif step.kind == ANSWERED:
            wrong[step.code] = wrong.get(step.code, 0) + 1
            again = form.question(step.code).section
            read.discard(again)
        elif step.kind == DISCUSSED:
            wrong[step.code] = 0
        chosen = chosen or step.kind == CHOSE
    stuck = next((code for code, count in wrong.items() if count >= form.tries and code not in right), "")
    if stuck:
        return Place("talk", stuck) if form.then == DISCUSS else Place("ended", stuck)
    for section in form.sections:
        if section.code not in read:
            return Place("section", section.code, again == section.code)
        for question in form.questions:
            if question.section == section.code and question.code not in right:
                return Place("question", question.code)
    return Place("sign") if chosen else Place("options")

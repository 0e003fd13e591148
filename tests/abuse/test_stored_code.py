"""Code that somebody stores where others read: on every page it stays words, and in every file it is no formula."""

import csv
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import psycopg2
from django import forms
from django.apps import apps
from django.db import models
from django.test import Client, override_settings

from core.models import Person
from sponsors import actions as sponsor_actions
from sponsors.datasets import DATASETS, Viewpoint
from tests.architecture.test_forms import form_classes, texts
from tests.architecture.test_matrix import HANDWRITTEN
from tests.architecture.test_posts import addresses_of
from tests.cast import AT, World
from tests.databases import address_of

# The shortest columns keep only its beginning, so what breaks out comes first.
CODE = "=1\"'><b code=1>{{7*191}}</textarea></title></script><script code>"
# Columns of a typed name whose words are the program's: what is typed is looked up or judged, and not kept as it came.
NOT_WORDS = {"zone", "username", "language", "version", "value", "unit", "source", "code", "kind", "screening_number"}
# Files are no pages; the tablet in a participant's hand leads back to the page of the staff.
NO_PAGE = {
    "sponsors:export-file", "patients:result-original", "sessions:flow-sheet", "sessions:crf-pack",
    "safety:adverse-event-file", "safety:complaint-register",
    "pharmacy:board-report-file", "pharmacy:closed-report-file",
}  # fmt: skip


class Reader(HTMLParser):
    """Reads a page as a browser does and keeps what came to life in it."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps an element or an attribute that only the stored code can have made."""
        for name, value in attrs:
            if name == "code" or (value or "").strip().lower().startswith("javascript:"):
                self.alive.append(f"<{tag} {name}>")


def columns_of_words() -> Iterator[tuple[type[models.Model], Any]]:
    """Returns every column that is named as a text that some form of its app takes."""
    typed = {
        (form.__module__.split(".")[0], name)
        for form in form_classes()
        for name, field in form.base_fields.items()  # type: ignore[attr-defined]
        for text in texts(field)
        if isinstance(text.widget, forms.Textarea) or text.widget.input_type == "text"  # type: ignore[attr-defined]
    }
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            named = (model.__module__.split(".")[0], column.name) in typed and column.name not in NOT_WORDS
            if named and isinstance(column, models.CharField | models.TextField) and not column.choices:
                yield model, column


def store(database: str, words: str) -> int:
    """Writes words into every such column, past every lock, and returns how many columns hold them."""
    held = 0
    connection = psycopg2.connect(address_of("ADMIN_DATABASE_URL", database=database))
    # Row by row committed: a table with a constraint still to be checked cannot have its locks put back.
    connection.autocommit = True
    with connection.cursor() as cursor:
        for model, column in columns_of_words():
            table, longest = model._meta.db_table, (column.max_length or 1000) - (6 if column.unique else 0)
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            own = " || id::text" if column.unique else ""
            cursor.execute(f'UPDATE "{table}" SET "{column.column}" = left(%s, %s){own}', [words, longest])
            held += cursor.rowcount > 0
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    connection.close()
    return held


def test_stored_code_stays_words_on_every_page(
    own_database: str, world: World, client_for: Callable[[Person], Client], tmp_path: Path
) -> None:
    addresses = addresses_of(world, folder=tmp_path)
    assert store(own_database, CODE) > 25

    browsers = {username: client_for(person) for username, person in world.people.items()}
    shown, alive = 0, []
    for name in sorted(set(HANDWRITTEN) - NO_PAGE):
        for username in sorted({*sorted(HANDWRITTEN[name])[:1], *sorted(HANDWRITTEN[name])[-1:]}):
            answer = browsers[username].get(addresses[name])
            assert answer.status_code == 200, name
            if not answer["Content-Type"].startswith("text/html"):
                continue
            page = answer.content.decode()
            reader = Reader()
            reader.feed(page)
            shown += "&lt;b code=1" in page
            alive += [f"{name} for {username}: {each}" for each in reader.alive]
            alive += [f"{name} works out a template"] if re.search(r"code=1(>|&gt;)1337", page) else []

    assert alive == []
    assert shown > 20


def test_stored_formulas_are_words_in_every_file(own_database: str, world: World, tmp_path: Path) -> None:
    addresses_of(world, folder=tmp_path / "furnished")
    store(own_database, "=1+1")
    with override_settings(EXPORT_DIR=tmp_path / "files"):
        sponsor_actions.create_export(
            datasets=sorted(DATASETS), viewpoint=Viewpoint("functional", notes=True), trial=world.trial,
            idempotency_key="formulas", by=world.people["dev"],
        )  # fmt: skip
        job = sponsor_actions.claim_export()
        assert job is not None
        sponsor_actions.make_files(job, at=AT)

    cells = [cell for path in (tmp_path / "files").rglob("*.csv") for row in csv.reader(path.open()) for cell in row]

    assert "'=1+1" in cells
    assert [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r")) or re.match(r"[+-](?!\d)", cell)] == []

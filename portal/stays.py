"""The browser's side of a stay: its key in a cookie of its own, the language and the size of the text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import contributions
from core.contributions import contribution
from core.models import Person
from core.own_links import PLACE
from core.permissions import public
from portal import queries
from portal.models import OwnStay
from portal.words import DEFAULT, languages, words_in

KEY, LANGUAGE, LARGE = "own_key", "own_language", "own_large"
A_YEAR, SEEN_EVERY = 365 * 24 * 3600, timedelta(minutes=1)
View = Callable[..., HttpResponse]


@dataclass
class Own:
    """Who is here, in which words, as whom it is written, and when."""

    stay: OwnStay
    words: Mapping[str, str]
    by: Person
    at: datetime

    @property
    def participant(self) -> Any:
        """Returns whose pages these are."""
        return self.stay.participant


def begin_writing() -> tuple[Person, datetime]:
    """Lets the request's transaction act as the own pages, and returns that actor with the database's time."""
    by = Person.objects.system("portal")
    return by, contributions.assume(by)


def own_page(view: View) -> View:
    """Opens a page to the stay that the browser's key opens; everybody else is told that it ended."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        by, at = begin_writing()
        stay = queries.stay_with(request.COOKIES.get(KEY, ""), at=at)
        if stay is None:
            answer = show(request, "portal/ended.html", {}, words=words_of(request), status=403)
            answer.delete_cookie(KEY, path=PLACE)
            return answer
        if at - stay.seen_at > SEEN_EVERY:
            with contribution(by=by, reason="Own pages read"):
                stay.seen_at = at
                stay.save(update_fields=["seen_at"])
        request.own = Own(stay, words_of(request, stay.participant.language), by, at)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return public(opened)


def words_of(request: HttpRequest, spoken: str = "") -> Mapping[str, str]:
    """Returns the words of the language that was chosen here, else the participant's, else the browser's."""
    asked = request.headers.get("Accept-Language", "")[:2]
    chosen = (request.COOKIES.get(LANGUAGE, ""), spoken, asked, DEFAULT)
    return words_in(next(each for each in chosen if each in languages()))


def show(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, words: Mapping[str, str], status: int = 200
) -> HttpResponse:
    """Renders a page that no cache keeps and no other site is told of."""
    common = {
        "words": words,
        "language": words["language"],
        "languages": [(each, words_in(each)["language_name"]) for each in languages()],
        "large": request.COOKIES.get(LARGE) == "yes",
        "own": getattr(request, "own", None),
    }
    answer = render(request, template, {**common, **context}, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "same-origin"
    return answer


def keep_key(answer: HttpResponse, key: str) -> None:
    """Gives the browser the key of its stay: for these pages alone, out of reach of scripts, gone with the browser."""
    answer.set_cookie(KEY, key, path=PLACE, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax")


def keep_choice(request: HttpRequest) -> HttpResponse:
    """Keeps language and size of the text as chosen, and leads back."""
    back = request.POST.get("back", "")
    answer = redirect(back if back.startswith(PLACE) and "\\" not in back else PLACE)
    for name, allowed in ((LANGUAGE, languages()), (LARGE, ("yes", "no"))):
        if request.POST.get(name) in allowed:
            answer.set_cookie(name, request.POST[name], max_age=A_YEAR, path=PLACE, samesite="Lax")
    return answer

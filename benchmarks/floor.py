"""The floor of every page: 200 rows of 5 cells in a Django template, without a database, session or frame."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

ROWS = [tuple(f"{word} {row}" for word in ("code", "task", "window", "left", "owner")) for row in range(200)]
PAGE = """<!doctype html><title>Floor</title><table>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>"""

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)
application = get_wsgi_application()
template = engines["django"].from_string(PAGE)


def page(request: HttpRequest) -> HttpResponse:
    """Shows the rows."""
    return HttpResponse(template.render({"rows": ROWS}, request))


urlpatterns = [path("", page)]

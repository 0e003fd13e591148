"""Every address of Vigil: one line for each room."""

from django.conf import settings
from django.urls import include, path

from core import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("accounts/pin/", views.pin_set, name="pin-set"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("trials.urls")),
    path("", include("patients.urls")),
    path("", include("assessments.urls")),
    path("", include("pharmacy.urls")),
    path("", include("sessions.urls")),
    path("", include("integration.urls")),
    path("", include("portal.urls")),
    path("", include("safety.urls")),
    path("", include("coding.urls")),
    path("", include("reports.urls")),
    path("", include("reminders.urls")),
    path("", include("sponsors.urls")),
    path("", include("overview.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("demo.urls")))

handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"

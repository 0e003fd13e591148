"""Addresses of dosing sessions."""

from django.urls import path

from sessions import views

app_name = "sessions"
ONE = "sessions/<str:public_id>/"
ENTRY = f"{ONE}entries/<str:kind>/<str:entry_id>/"
urlpatterns = [
    path("sessions/", views.session_list, name="session-list"),
    path("sessions/worker.js", views.session_worker, name="session-worker"),
    path("visits/<str:public_id>/session/", views.session_prepare, name="session-prepare"),
    path(ONE, views.session_detail, name="session-detail"),
    path(f"{ONE}shell/", views.session_shell, name="session-shell"),
    path(f"{ONE}tablet/", views.know_tablet, name="tablet-know"),
    path(f"{ONE}tablet/open/", views.open_tablet, name="tablet-open"),
    path(f"{ONE}table/", views.session_table, name="session-table"),
    path(f"{ONE}entries/", views.entry_stream, name="entry-stream"),
    path(f"{ONE}entries/<str:kind>/", views.record_entry, name="entry-record"),
    path(f"{ONE}dose/", views.give_initial_dose, name="dose-give"),
    path(f"{ONE}supplemental/", views.decide_supplemental, name="supplemental-decide"),
    path(f"{ONE}override/", views.override_condition, name="condition-override"),
    path(f"{ONE}discharge/", views.check_discharge, name="discharge-check"),
    path(f"{ONE}close/", views.close_session, name="session-close"),
    path(f"{ONE}abandon/", views.abandon_session, name="session-abandon"),
    path(ENTRY, views.entry_detail, name="entry-detail"),
    path(f"{ENTRY}amend/", views.amend_entry, name="entry-amend"),
    path(f"{ENTRY}withdraw/", views.withdraw_entry, name="entry-withdraw"),
]

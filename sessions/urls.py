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
    path("visits/<str:public_id>/flow-sheet/", views.flow_sheet, name="flow-sheet"),
    path("visits/<str:public_id>/forms/", views.crf_pack, name="crf-pack"),
    path("visits/<str:public_id>/bookings/", views.book_day, name="day-book"),
    path("rooms/", views.room_list, name="room-list"),
    path("calendar/", views.calendar_own, name="calendar-own"),
    path("calendar/<str:key>.ics", views.calendar_feed, name="calendar-feed"),
    path("cover/", views.cover_list, name="cover-list"),
    path("bookings/<str:public_id>/cover/", views.cover_take, name="cover-take"),
    path("visits/<str:public_id>/interview/", views.interview_book, name="interview-book"),
    path("visits/<str:public_id>/preparation/", views.preparation_detail, name="preparation-detail"),
    path("visits/<str:public_id>/preparation/sign/", views.sign_preparation, name="preparation-sign"),
    path(ONE, views.session_detail, name="session-detail"),
    path(f"{ONE}shell/", views.session_shell, name="session-shell"),
    path(f"{ONE}tablet/", views.know_tablet, name="tablet-know"),
    path(f"{ONE}tablet/open/", views.open_tablet, name="tablet-open"),
    path(f"{ONE}entries/", views.entry_stream, name="entry-stream"),
    path(f"{ONE}table/", views.session_table, name="session-table"),
    path(f"{ONE}record/", views.session_record, name="session-record"),
    path(f"{ONE}paper/", views.paper_list, name="paper-list"),
    path(f"{ONE}paper/<str:sheet_id>/", views.paper_scan, name="paper-scan"),
    path(f"{ONE}entries/<str:kind>/", views.record_entry, name="entry-record"),
    path(f"{ONE}dose/", views.give_initial_dose, name="dose-give"),
    path(f"{ONE}supplemental/", views.decide_supplemental, name="supplemental-decide"),
    path(f"{ONE}override/", views.override_condition, name="condition-override"),
    path(f"{ONE}discharge/", views.check_discharge, name="discharge-check"),
    path(f"{ONE}hand-over/", views.hand_over, name="hand-over"),
    path(f"{ONE}end/", views.end_session, name="session-end"),
    path(f"{ONE}release/", views.release_participant, name="session-release"),
    path(f"{ONE}close/", views.close_session, name="session-close"),
    path(f"{ONE}abandon/", views.abandon_session, name="session-abandon"),
    path(ENTRY, views.entry_detail, name="entry-detail"),
    path(f"{ENTRY}amend/", views.amend_entry, name="entry-amend"),
    path(f"{ENTRY}withdraw/", views.withdraw_entry, name="entry-withdraw"),
    path(f"{ENTRY}undo/", views.undo_entry, name="entry-undo"),
    path(f"{ENTRY}describe/", views.describe_effect, name="effect-describe"),
]

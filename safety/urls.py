"""Addresses of safety: clocks, adverse events, alerts, deviations."""

from django.urls import path

from safety import views

app_name = "safety"
urlpatterns = [
    path("safety/", views.board, name="board"),
    path("clocks/<str:public_id>/meet/", views.clock_meet, name="clock-meet"),
    path("clocks/<str:public_id>/take/", views.clock_take, name="clock-take"),
    path("adverse-events/", views.adverse_event_list, name="adverse-event-list"),
    path("adverse-events/file/", views.adverse_event_file, name="adverse-event-file"),
    path("adverse-events/listings/", views.listing_save, name="listing-save"),
    path("adverse-events/listings/<str:public_id>/forget/", views.listing_forget, name="listing-forget"),
    path("findings/", views.finding_list, name="finding-list"),
    path("findings/<str:key>/", views.finding_detail, name="finding-detail"),
    path("adverse-events/report/", views.adverse_event_start, name="adverse-event-start"),
    path(
        "participants/<str:public_id>/adverse-events/report/", views.adverse_event_report, name="adverse-event-report"
    ),
    path("adverse-events/<str:public_id>/", views.adverse_event_detail, name="adverse-event-detail"),
    path("adverse-events/<str:public_id>/revise/", views.adverse_event_revise, name="adverse-event-revise"),
    path("adverse-events/<str:public_id>/assess/", views.adverse_event_assess, name="adverse-event-assess"),
    path("adverse-events/<str:public_id>/receive/", views.adverse_event_receive, name="adverse-event-receive"),
    path("adverse-events/<str:public_id>/determine/", views.adverse_event_determine, name="adverse-event-determine"),
    path("adverse-events/<str:public_id>/day-zero/", views.day_zero_correct, name="day-zero-correct"),
    path("adverse-events/<str:public_id>/nullify/", views.adverse_event_nullify, name="adverse-event-nullify"),
    path("adverse-events/<str:public_id>/restore/", views.adverse_event_restore, name="adverse-event-restore"),
    path("adverse-events/<str:public_id>/proposals/<str:mark>/take/", views.proposal_take, name="proposal-take"),
    path("adverse-events/<str:public_id>/proposals/<str:mark>/refuse/", views.proposal_refuse, name="proposal-refuse"),
    path("alerts/", views.alert_list, name="alert-list"),
    path("alerts/banner/", views.alert_banner, name="alert-banner"),
    path("alerts/<str:public_id>/acknowledge/", views.alert_acknowledge, name="alert-acknowledge"),
    path("holds/", views.hold_list, name="hold-list"),
    path("holds/place/", views.trial_hold_place, name="trial-hold-place"),
    path("holds/<str:public_id>/", views.trial_hold_detail, name="trial-hold-detail"),
    path("holds/<str:public_id>/review/", views.trial_hold_review, name="trial-hold-review"),
    path("participants/<str:public_id>/holds/place/", views.hold_place, name="hold-place"),
    path("participants/<str:public_id>/holds/<str:rule>/", views.hold_detail, name="hold-detail"),
    path("participants/<str:public_id>/holds/<str:rule>/review/", views.hold_review, name="hold-review"),
    path("mentions/", views.mention_list, name="mention-list"),
    path("mentions/<str:public_id>/", views.mention_detail, name="mention-detail"),
    path("mentions/<str:public_id>/link/", views.mention_link, name="mention-link"),
    path("mentions/<str:public_id>/dismiss/", views.mention_dismiss, name="mention-dismiss"),
    path("deviations/", views.deviation_list, name="deviation-list"),
    path("participants/<str:public_id>/deviations/record/", views.deviation_record, name="deviation-record"),
    path("deviations/trends/", views.deviation_trends, name="deviation-trends"),
    path("deviations/<str:public_id>/", views.deviation_detail, name="deviation-detail"),
    path("deviations/<str:public_id>/accept/", views.deviation_accept, name="deviation-accept"),
    path("deviations/<str:public_id>/refuse/", views.deviation_refuse, name="deviation-refuse"),
    path("deviations/<str:public_id>/analyse/", views.deviation_analyse, name="deviation-analyse"),
    path("deviations/<str:public_id>/actions/", views.action_plan, name="action-plan"),
    path("deviations/<str:public_id>/ethics/", views.ethics_tell, name="ethics-tell"),
    path("actions/<str:public_id>/finish/", views.action_finish, name="action-finish"),
    path("actions/<str:public_id>/check/", views.action_check, name="action-check"),
]

"""Addresses of this room. Those of the raters say nothing: no visit, no participant, no instrument."""

from django.urls import path

from assessments import views

app_name = "assessments"
urlpatterns = [
    path("ratings/", views.rating_list, name="rating-list"),
    path("ratings/<str:public_id>/", views.rating_detail, name="rating-detail"),
    path("ratings/<str:public_id>/items/<int:number>/", views.rating_item, name="rating-item"),
    path("ratings/<str:public_id>/items/<int:number>/correct/", views.rating_correct, name="rating-correct"),
    path("ratings/<str:public_id>/lock/", views.rating_lock, name="rating-lock"),
    path("ratings/<str:public_id>/unblinding/", views.unblinding_report, name="unblinding-report"),
    path("raters/", views.rater_pool, name="rater-pool"),
    path("unblinding-incidents/", views.incident_list, name="incident-list"),
    path("unblinding-incidents/<str:public_id>/", views.incident_detail, name="incident-detail"),
    path("participants/<str:public_id>/unblinding-incident/", views.incident_report, name="incident-report"),
    path("visits/<str:public_id>/guess/", views.guess_record, name="guess-record"),
    path("visits/<str:public_id>/guess/participant/", views.guess_of_participant, name="guess-of-participant"),
    path("visits/<str:public_id>/guess/tablet/", views.guess_tablet, name="guess-tablet"),
    path("completeness/", views.completeness, name="completeness"),
    path("participants/<str:public_id>/outcome/", views.participant_outcome, name="participant-outcome"),
    path("instruments/", views.instrument_list, name="instrument-list"),
    path("instruments/<str:code>/", views.instrument_detail, name="instrument-detail"),
    path("own-forms/new/", views.form_new, name="form-new"),
    path("own-forms/<str:code>/edit/", views.form_edit, name="form-edit"),
    path("own-forms/<str:code>/preview/", views.form_preview, name="form-preview"),
    path("own-forms/<str:code>/publish/", views.form_publish, name="form-publish"),
    path("assessments/", views.assessment_list, name="assessment-list"),
    path("assessments/<str:public_id>/", views.form_detail, name="form-detail"),
    path("assessments/<str:public_id>/items/<int:number>/correct/", views.form_correct, name="form-correct"),
    path("visits/<str:public_id>/forms/add/", views.form_add, name="form-add"),
    path("visits/<str:public_id>/raters/assign/", views.rater_assign, name="rater-assign"),
]

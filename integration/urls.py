"""Addresses of this room."""

from django.urls import path

from integration import views

app_name = "integration"
urlpatterns = [
    path("integration/", views.integration_list, name="integration-list"),
    path("visits/<str:public_id>/note/", views.note_detail, name="note-detail"),
    path("visits/<str:public_id>/note/review/", views.note_review, name="note-review"),
    path("visits/<str:public_id>/recording/", views.recording_detail, name="recording-detail"),
    path("visits/<str:public_id>/risk/", views.risk_record, name="risk-record"),
    path("participants/<str:public_id>/contacts/", views.contact_unscheduled, name="contact-unscheduled"),
    path("enquiries/<str:public_id>/", views.enquiry_detail, name="enquiry-detail"),
    path("adherence/", views.adherence_board, name="adherence-board"),
    path("pairs/<str:public_id>/sign-off/", views.pair_sign_off, name="pair-sign-off"),
    path("rests/<str:public_id>/restore/", views.rest_restore, name="rest-restore"),
    path("reviews/", views.review_list, name="review-list"),
    path("reviews/<str:public_id>/", views.review_detail, name="review-detail"),
    path("follow-up/", views.follow_up_list, name="follow-up-list"),
    path("visits/<str:public_id>/attempts/", views.tracing_detail, name="tracing-detail"),
    path("participants/<str:public_id>/events-between/", views.intercurrent_list, name="intercurrent-list"),
    path("events-between/<str:public_id>/", views.intercurrent_change, name="intercurrent-change"),
    path("visits/<str:public_id>/contact/", views.contact_detail, name="contact-detail"),
]

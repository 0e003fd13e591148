"""Addresses of this room."""

from django.urls import path

from integration import views

app_name = "integration"
urlpatterns = [
    path("integration/", views.integration_list, name="integration-list"),
    path("visits/<str:public_id>/note/", views.note_detail, name="note-detail"),
    path("visits/<str:public_id>/note/review/", views.note_review, name="note-review"),
    path("visits/<str:public_id>/risk/", views.risk_record, name="risk-record"),
    path("participants/<str:public_id>/contacts/", views.contact_unscheduled, name="contact-unscheduled"),
    path("enquiries/<str:public_id>/", views.enquiry_detail, name="enquiry-detail"),
    path("visits/<str:public_id>/contact/", views.contact_detail, name="contact-detail"),
]

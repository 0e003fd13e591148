"""Addresses of participants, consent, screening, eligibility and visits."""

from django.urls import path

from patients import views

app_name = "patients"
urlpatterns = [
    path("screening/", views.screening_list, name="screening-list"),
    path("participants/add/", views.participant_add, name="participant-add"),
    path("participants/<str:public_id>/identity/", views.participant_identity, name="participant-identity"),
    path("participants/<str:public_id>/consent/", views.consent, name="consent"),
    path("participants/<str:public_id>/contact/", views.contact_consent, name="contact-consent"),
    path("participants/<str:public_id>/withdrawal/", views.withdrawal, name="withdrawal"),
    path("participants/<str:public_id>/screening/", views.screening, name="screening"),
    path(
        "participants/<str:public_id>/screening/<str:visit_code>/<str:code>/",
        views.screening_record,
        name="screening-record",
    ),
    path(
        "participants/<str:public_id>/screening/<str:visit_code>/<str:code>/<str:variable>/correct/",
        views.fact_correct,
        name="fact-correct",
    ),
    path("participants/<str:public_id>/eligibility/", views.eligibility, name="eligibility"),
    path("participants/<str:public_id>/eligibility/judge/", views.judge_eligibility, name="eligibility-judge"),
    path("participants/<str:public_id>/eligibility/sign/", views.sign_eligibility, name="eligibility-sign"),
    path("participants/<str:public_id>/enrol/", views.enrol, name="participant-enrol"),
    path("participants/<str:public_id>/screen-failure/", views.screen_failure, name="screen-failure"),
    path("visits/<str:public_id>/", views.visit_detail, name="visit-detail"),
    path("visits/<str:public_id>/book/", views.visit_book, name="visit-book"),
    path("visits/<str:public_id>/start/", views.visit_start, name="visit-start"),
    path("visits/<str:public_id>/finish/", views.visit_finish, name="visit-finish"),
    path("visits/<str:public_id>/miss/", views.visit_miss, name="visit-miss"),
    path("visits/<str:public_id>/procedure/", views.visit_procedure, name="visit-procedure"),
]

"""Addresses of participants, consent, screening, eligibility and visits."""

from django.urls import path

from patients import views

app_name = "patients"
urlpatterns = [
    path("leads/", views.lead_list, name="lead-list"),
    path("leads/add/", views.lead_add, name="lead-add"),
    path("leads/<str:public_id>/", views.lead_detail, name="lead-detail"),
    path("leads/<str:public_id>/identity/", views.lead_identity, name="lead-identity"),
    path("leads/<str:public_id>/identity/change/", views.lead_identity_change, name="lead-identity-change"),
    path("leads/<str:public_id>/questions/", views.lead_prescreen, name="lead-prescreen"),
    path("leads/<str:public_id>/attempt/", views.lead_attempt, name="lead-attempt"),
    path("leads/<str:public_id>/wait/", views.lead_wait, name="lead-wait"),
    path("leads/<str:public_id>/unwait/", views.lead_unwait, name="lead-unwait"),
    path("leads/<str:public_id>/close/", views.lead_close, name="lead-close"),
    path("leads/<str:public_id>/reopen/", views.lead_reopen, name="lead-reopen"),
    path("leads/<str:public_id>/convert/", views.lead_convert, name="lead-convert"),
    path("waiting-list/", views.waiting_list, name="waiting-list"),
    path("waiting-list/<str:public_id>/move/", views.waiting_list_move, name="waiting-list-move"),
    path("recruitment/", views.recruitment_funnel, name="recruitment-funnel"),
    path("identities/", views.identity_view_list, name="identity-view-list"),
    path("identities/<str:public_id>/erase/", views.identity_erase, name="identity-erase"),
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

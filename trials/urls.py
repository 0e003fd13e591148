"""Addresses of the protocol, the delegation log and the people."""

from django.urls import path

from trials import views

app_name = "trials"
urlpatterns = [
    path("protocols/", views.protocol_list, name="protocol-list"),
    path("protocols/<str:public_id>/", views.protocol_detail, name="protocol-detail"),
    path("protocols/<str:public_id>/sign/", views.protocol_sign, name="protocol-sign"),
    path("consent-forms/", views.consent_form_list, name="consent-form-list"),
    path("consent-forms/load/", views.consent_form_load, name="consent-form-load"),
    path("consent-forms/<str:public_id>/", views.consent_form_detail, name="consent-form-detail"),
    path("consent-forms/<str:public_id>/approve/", views.consent_form_approve, name="consent-form-approve"),
    path("delegations/", views.delegation_list, name="delegation-list"),
    path("delegations/delegate/", views.delegation_delegate, name="delegation-delegate"),
    path("delegations/decide/", views.delegation_decide, name="delegation-decide"),
    path("delegations/mine/", views.duty_list, name="duty-list"),
    path("delegations/<str:public_id>/", views.delegation_detail, name="delegation-detail"),
    path("delegations/<str:public_id>/accept/", views.delegation_accept, name="delegation-accept"),
    path("delegations/<str:public_id>/end/", views.delegation_end, name="delegation-end"),
    path("qualifications/", views.qualification_list, name="qualification-list"),
    path("qualifications/<str:public_id>/withdraw/", views.qualification_withdraw, name="qualification-withdraw"),
    path("reference-safety-information/", views.reference_list, name="reference-list"),
    path("reference-safety-information/add/", views.reference_add, name="reference-add"),
    path("reference-safety-information/<str:public_id>/", views.reference_detail, name="reference-detail"),
    path("rights/", views.rights, name="rights"),
    path("people/", views.people_list, name="people-list"),
    path("people/invite/", views.person_invite, name="person-invite"),
    path("people/<str:public_id>/", views.person_detail, name="person-detail"),
    path("people/<str:public_id>/grant/", views.person_grant, name="person-grant"),
    path("people/<str:public_id>/memberships/<int:number>/end/", views.membership_end, name="membership-end"),
    path("people/<str:public_id>/deactivate/", views.person_deactivate, name="person-deactivate"),
    path("people/<str:public_id>/send-link/", views.person_send_link, name="person-send-link"),
]

"""Addresses of exports, tokens and the API."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from sponsors import views
from sponsors.api import views as api

app_name = "sponsors"
STUDY = "api/v1/studies/<str:study>/"
urlpatterns = [
    path("exports/", views.export_list, name="export-list"),
    path("exports/<str:public_id>/", views.export_detail, name="export-detail"),
    path("exports/<str:public_id>/files/<str:name>", views.export_file, name="export-file"),
    path("tokens/", views.token_list, name="token-list"),
    path("tokens/add/", views.token_add, name="token-add"),
    path("tokens/<str:public_id>/revoke/", views.token_revoke, name="token-revoke"),
    path("api/v1/me", api.WhoAmI.as_view(), name="api-me"),
    path("api/v1/docs/", views.api_docs, name="api-docs"),
    path("api/v1/openapi.json", views.openapi(SpectacularJSONAPIView), name="api-openapi"),
    path(f"{STUDY}participants", api.Participants.as_view(), name="api-participants"),
    path(f"{STUDY}visits", api.Visits.as_view(), name="api-visits"),
    path(f"{STUDY}sessions", api.Sessions.as_view(), name="api-sessions"),
    path(f"{STUDY}vital_signs", api.VitalSigns.as_view(), name="api-vital-signs"),
    path(f"{STUDY}integration_sessions", api.IntegrationSessions.as_view(), name="api-integration-sessions"),
    path(f"{STUDY}adverse_events", api.AdverseEvents.as_view(), name="api-adverse-events"),
    path(f"{STUDY}deviations", api.Deviations.as_view(), name="api-deviations"),
    path(f"{STUDY}assessments", api.Assessments.as_view(), name="api-assessments"),
    path(f"{STUDY}item_values", api.ItemValues.as_view(), name="api-item-values"),
    path(f"{STUDY}item_corrections", api.ItemCorrections.as_view(), name="api-item-corrections"),
    path(f"{STUDY}scores", api.Scores.as_view(), name="api-scores"),
    path(f"{STUDY}medical_history", api.MedicalHistory.as_view(), name="api-medical-history"),
    path(f"{STUDY}medicines", api.Medicines.as_view(), name="api-medicines"),
    path(f"{STUDY}missed_visits", api.MissedVisits.as_view(), name="api-missed-visits"),
    path(f"{STUDY}procedures_not_done", api.ProceduresNotDone.as_view(), name="api-procedures-not-done"),
    path(f"{STUDY}incomplete_assessments", api.IncompleteAssessments.as_view(), name="api-incomplete-assessments"),
    path(f"{STUDY}contact_attempts", api.ContactAttempts.as_view(), name="api-contact-attempts"),
    path(f"{STUDY}harm_enquiries", api.HarmEnquiries.as_view(), name="api-harm-enquiries"),
    path(f"{STUDY}intercurrent_events", api.IntercurrentEvents.as_view(), name="api-intercurrent-events"),
    path(f"{STUDY}exports", api.Exports.as_view(), name="api-exports"),
    path(f"{STUDY}exports/<str:public_id>", api.Export.as_view(), name="api-export"),
    path(f"{STUDY}exports/<str:public_id>/files/<str:name>", api.ExportFile.as_view(), name="api-export-file"),
]

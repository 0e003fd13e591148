"""Addresses of reports of serious cases."""

from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("case-reports/", views.case_list, name="case-list"),
    path("adverse-events/<str:public_id>/case/", views.case_detail, name="case-detail"),
    path("adverse-events/<str:public_id>/case/narrative/", views.narrative_keep, name="narrative-keep"),
    path("adverse-events/<str:public_id>/case/make/", views.report_make, name="report-make"),
    path("adverse-events/<str:public_id>/case/papers/<str:paper>.pdf", views.case_paper, name="case-paper"),
    path("case-reports/<str:public_id>/report.xml", views.report_file, name="report-file"),
    path("case-reports/<str:public_id>/send/", views.report_send, name="report-send"),
    path("transmissions/<str:public_id>/retry/", views.transmission_retry, name="transmission-retry"),
    path("transmissions/<str:public_id>/decide/", views.transmission_decide, name="transmission-decide"),
    path("regulator-reports/", views.regulator_list, name="regulator-list"),
    path("regulator-reports/<str:public_id>/make/", views.regulator_make, name="regulator-make"),
    path("regulator-reports/<str:public_id>/file/", views.regulator_file, name="regulator-file"),
    path("regulator-reports/<str:public_id>/sent/", views.regulator_sent, name="regulator-sent"),
    path("regulator-reports/<str:public_id>/answer/", views.regulator_answer, name="regulator-answer"),
    path("transmissions/answers/", views.answer_keep, name="answer-keep"),
]

"""Addresses of the pages that look across rooms."""

from django.urls import path

from overview import views

app_name = "overview"
urlpatterns = [
    path("", views.worklist, name="worklist"),
    path("search/", views.search, name="search"),
    path("participants/", views.matrix, name="matrix"),
    path("participants/<str:public_id>/", views.timeline, name="timeline"),
    path("participants/<str:public_id>/history/", views.participant_history, name="participant-history"),
    path("visits/<str:public_id>/move/", views.visit_move, name="visit-move"),
]

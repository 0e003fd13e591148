"""Addresses of coding: the queue, one verbatim, and the dictionaries."""

from django.urls import path

from coding import views

app_name = "coding"
urlpatterns = [
    path("codings/", views.coding_list, name="coding-list"),
    path("codings/<str:public_id>/", views.coding_detail, name="coding-detail"),
    path("codings/<str:public_id>/accept/", views.coding_accept, name="coding-accept"),
    path("codings/<str:public_id>/ask/", views.coding_ask, name="coding-ask"),
    path("dictionaries/", views.dictionary_list, name="dictionary-list"),
    path("dictionaries/load/", views.dictionary_load, name="dictionary-load"),
    path("dictionaries/<str:public_id>/", views.dictionary_detail, name="dictionary-detail"),
    path("dictionaries/<str:public_id>/adopt/", views.dictionary_adopt, name="dictionary-adopt"),
]

"""Addresses of this room."""

from django.urls import URLPattern

app_name = "trials"
urlpatterns: list[URLPattern] = []

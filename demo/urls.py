"""Addresses of the demo; they do not exist in production."""

from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("progress/", views.progress, name="progress"),
]

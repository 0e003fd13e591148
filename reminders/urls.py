"""Addresses of messages: what was and will be said to whom."""

from django.urls import path

from reminders import views

app_name = "reminders"
urlpatterns = [
    path("messages/", views.outbox, name="outbox"),
    path("messages/<str:public_id>/", views.message_detail, name="message-detail"),
    path("messages/<str:public_id>/send/", views.message_send, name="message-send"),
]

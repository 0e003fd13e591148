"""Addresses of participants' own pages and of the desk beside the sites."""

from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("own/", views.home, name="home"),
    path("own/choices/", views.choice_keep, name="choice-keep"),
    path("own/diary/", views.diary, name="diary"),
    path("own/contact/", views.contact, name="contact"),
    path("own/line/", views.line, name="line"),
    path("own/preparation/", views.preparation, name="preparation"),
    path("own/pause/", views.pause, name="pause"),
    path("own/leave/", views.leave, name="leave"),
    path("own/forms/<str:public_id>/", views.form_detail, name="form-detail"),
    path("own/forms/<str:public_id>/answer/", views.item_answer, name="item-answer"),
    path("own/forms/<str:public_id>/complete/", views.form_complete, name="form-complete"),
    path("own/<str:token>/", views.code_enter, name="code-enter"),
    path("participants/<str:public_id>/own-pages/", views.own_pages_detail, name="own-pages-detail"),
    path("boundaries/", views.boundary_list, name="boundary-list"),
    path("boundaries/<str:public_id>/", views.boundary_detail, name="boundary-detail"),
    path("confidential/", views.confidential_list, name="confidential-list"),
    path("confidential/<str:public_id>/", views.confidential_detail, name="confidential-detail"),
]

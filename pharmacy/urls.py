"""Addresses of the pharmacy, of randomisation and of emergency unblinding."""

from django.urls import path

from pharmacy import views

app_name = "pharmacy"
urlpatterns = [
    path("participants/<str:public_id>/randomisation/", views.randomisation_detail, name="randomisation-detail"),
    path("participants/<str:public_id>/randomisation/randomise/", views.randomise, name="randomisation-randomise"),
    path("unblindings/", views.unblinding_list, name="unblinding-list"),
    path("participants/<str:public_id>/unblinding/", views.unblinding_form, name="unblinding-form"),
    path("participants/<str:public_id>/unblinding/unblind/", views.unblind, name="unblinding-unblind"),
    path("pharmacy/kits/", views.kit_list, name="kit-list"),
    path("pharmacy/kits/contents/", views.kit_contents, name="kit-contents"),
    path("pharmacy/kits/receive/", views.kit_receive, name="kit-receive"),
    path("pharmacy/kits/<str:public_id>/", views.kit_detail, name="kit-detail"),
    path("pharmacy/kits/<str:public_id>/dispense/", views.kit_dispense, name="kit-dispense"),
    path("pharmacy/kits/<str:public_id>/return/", views.kit_return, name="kit-return"),
    path("pharmacy/allocation-list/", views.allocation_list, name="allocation-list"),
    path("pharmacy/allocation-list/make/", views.allocation_list_make, name="allocation-list-make"),
    path("pharmacy/allocation-list/seal/", views.allocation_list_seal, name="allocation-list-seal"),
]

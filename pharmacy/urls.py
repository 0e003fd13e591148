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
    path("pharmacy/kits/<str:public_id>/move/", views.kit_move, name="kit-move"),
    path("pharmacy/kits/<str:public_id>/reverse/", views.kit_reverse, name="kit-reverse"),
    path("pharmacy/kits/<str:public_id>/custody/", views.kit_custody, name="kit-custody"),
    path("pharmacy/stock/", views.stock_list, name="stock-list"),
    path("pharmacy/stock/<str:key>/", views.lot_ledger, name="lot-ledger"),
    path("pharmacy/forecast/", views.supply_forecast, name="supply-forecast"),
    path("pharmacy/temperatures/", views.temperature_list, name="temperature-list"),
    path("pharmacy/counts/", views.count_list, name="count-list"),
    path("pharmacy/counts/<str:public_id>/", views.count_detail, name="count-detail"),
    path("pharmacy/counts/<str:public_id>/enter/", views.count_enter, name="count-enter"),
    path("pharmacy/counts/<str:public_id>/second/", views.count_second, name="count-second"),
    path("pharmacy/counts/<str:public_id>/compare/", views.count_compare, name="count-compare"),
    path("pharmacy/counts/<str:public_id>/resolve/", views.count_resolve, name="count-resolve"),
    path("pharmacy/counts/<str:public_id>/inventory/", views.count_inventory, name="count-inventory"),
    path("pharmacy/envelopes/", views.envelope_list, name="envelope-list"),
    path("pharmacy/envelopes/<str:public_id>/issue/", views.envelope_issue, name="envelope-issue"),
    path("pharmacy/envelopes/<str:public_id>/return/", views.envelope_return, name="envelope-return"),
    path("pharmacy/envelopes/<str:public_id>/opened/", views.envelope_opened, name="envelope-opened"),
    path("unblindings/drills/", views.drill_list, name="drill-list"),
    path("unblindings/drills/<str:public_id>/", views.drill_detail, name="drill-detail"),
    path("pharmacy/allocation-list/", views.allocation_list, name="allocation-list"),
    path("pharmacy/allocation-list/make/", views.allocation_list_make, name="allocation-list-make"),
    path("pharmacy/allocation-list/upload/", views.allocation_list_upload, name="allocation-list-upload"),
    path("pharmacy/allocation-list/rehearsal/", views.rehearsal, name="rehearsal"),
    path("pharmacy/blinding/", views.blinding_integrity, name="blinding-integrity"),
    path("pharmacy/allocation-list/seal/", views.allocation_list_seal, name="allocation-list-seal"),
]

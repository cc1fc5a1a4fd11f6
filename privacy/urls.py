from __future__ import annotations

from django.urls import path, re_path

from privacy import views

app_name = "privacy"
STAFF = r"^staff/people/(?P<kind>patients|doctors)/(?P<subject_id>[0-9]{1,18})"
urlpatterns = [
    path("accounts/data/", views.own_data, name="own_data"),
    path("accounts/data/download/", views.own_export, name="own_export"),
    re_path(rf"{STAFF}/data/$", views.data, name="data"),
    re_path(rf"{STAFF}/data/export/$", views.export, name="export"),
    re_path(rf"{STAFF}/data/erasure/$", views.erasure, name="erasure"),
]

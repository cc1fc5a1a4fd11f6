"""The admin, under our own site."""

from django.contrib.admin.apps import AdminConfig


class HmsAdminConfig(AdminConfig):
    default_site = "hms_project.admin_site.HmsAdminSite"

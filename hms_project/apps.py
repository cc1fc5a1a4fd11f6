"""The admin, under our own site; and what is done once everything is migrated."""

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate

from core.text.catalogue import join_catalogues


class HmsAdminConfig(AdminConfig):
    default_site = "hms_project.admin_site.HmsAdminSite"


class HmsConfig(AppConfig):
    name = "hms_project"

    def ready(self) -> None:
        from accounts.staff.groups import keep_groups  # noqa: PLC0415 - models are ready only now

        for language, _name in settings.LANGUAGES:
            join_catalogues(language)
        # Django makes the permissions of one app after the other, and says so for apps with models only.
        last = [app for app in apps.get_app_configs() if app.models_module][-1]
        post_migrate.connect(keep_groups, sender=last, dispatch_uid="groups of staff")

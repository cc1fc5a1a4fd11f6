"""What gunicorn loads."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.production")
application = get_wsgi_application()
# Every page's code now, before there are workers: else the first to come waits for it in each of them, and a page that
# can't be loaded is met by people while the probes, which need none, say that all is well.
get_resolver().url_patterns  # noqa: B018  reading it loads it

"""Settings for a web server whose bookings wait for a lock until it is given back, however slow this machine is."""

from core import turns
from tests.web_server_settings import *  # noqa: F403
from tests.web_server_settings import DATABASES

DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=0 -c statement_timeout=0"
turns.PATIENCE = 600.0

"""The web server of the test of crowds: passwords hashed as in production, each person at an address of their own."""

from hms_project.settings import base
from tests.web_server_settings import *  # noqa: F403

PASSWORD_HASHERS = base.PASSWORD_HASHERS
ALLAUTH_TRUSTED_PROXY_COUNT = 1

"""A web server whose way to the test's database leads through a proxy, with the time limits of production."""

from __future__ import annotations

import os

from hms_project import env
from tests.web_server_settings import *  # noqa: F403
from tests.web_server_settings import DATABASES

DATABASES["default"] |= {"HOST": "127.0.0.1", "PORT": os.environ["PROXY_PORT"]}
DATABASES["default"]["OPTIONS"]["options"] = env.time_limits()

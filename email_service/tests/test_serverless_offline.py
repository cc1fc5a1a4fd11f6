"""With the real tools (D1): osls and serverless-offline from npm run the very zip that is deployed.

The first run installs the packages of package-lock.json into the user's cache folder, under the lock's hash; later
runs find them there. Without node or npm this test fails: it is never skipped.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from email_service.build import HERE, build
from tools.npm import node_modules

from .conftest import Caller
from .sink import free_port


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Path:
    """A folder with serverless.yml, the unpacked zip and the tools, far from the project."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copy(HERE / "serverless.yml", folder)
    shutil.copy(HERE / "package.json", folder)
    (folder / "node_modules").symlink_to(node_modules(HERE))
    archive = build(folder / "build" / "email_service.zip", with_dependencies=False)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder


def _environment(folder: Path, **more: str) -> dict[str, str]:
    quiet = {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "HOME": str(folder)}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**kept, **quiet, "PATH": path, **more}


@contextmanager
def _offline(folder: Path, **environment: str) -> Iterator[Caller]:
    port, lambda_port = free_port(), free_port()
    command = ["node_modules/.bin/osls", "offline", "--host", "127.0.0.1", "--httpPort", str(port)]
    process = subprocess.Popen(
        [*command, "--lambdaPort", str(lambda_port)],
        cwd=folder,
        env=_environment(folder, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if "Server ready" in line:
                break
        else:
            pytest.fail("osls offline did not start:\n" + "".join(said))
        yield Caller(port)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_serverless_offline_runs_the_deployable_zip(service, mailbox, tmp_path):
    environment = {name: os.environ[name] for name in ("SMTP_HOST", "SMTP_PORT", "FROM_EMAIL", "EMAIL_SERVICE_SECRETS")}

    with _offline(service, IDEMPOTENCY_FILE=str(tmp_path / "offline.sqlite3"), **environment) as caller:
        unsigned = caller.post("BOOKING_CONFIRMATION", **{"webhook-signature": "v1,AAAA"})
        first = caller.post("BOOKING_CONFIRMATION", id="msg_1")
        second = caller.post("BOOKING_CONFIRMATION", id="msg_1")
        other = caller.post("DOCTOR_APPROVED", id="msg_1")

    assert [answer.status_code for answer in (unsigned, first, second, other)] == [401, 200, 200, 409]
    assert [first.json(), second.json()] == [{"status": "sent"}, {"status": "already_sent"}]
    [message] = mailbox.messages
    assert message["Subject"] == "Appointment booked: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez"


def test_osls_makes_the_cloud_template(service):
    command = ["node_modules/.bin/osls", "package", "--package", "packed"]
    subprocess.run(command, cwd=service, env=_environment(service), check=True, timeout=60, capture_output=True)

    template = json.loads((service / "packed" / "cloudformation-template-update-stack.json").read_text())
    resources = template["Resources"]
    function = resources["SendLambdaFunction"]["Properties"]
    assert function["Handler"] == "email_service/handler.handler"
    assert function["Environment"]["Variables"]["IDEMPOTENCY_TABLE"] == "hms-email-dev-sent"
    assert "IDEMPOTENCY_FILE" not in function["Environment"]["Variables"]
    assert resources["SentMessages"]["Properties"]["TimeToLiveSpecification"] == {
        "AttributeName": "expires_at",
        "Enabled": True,
    }
    assert resources["ApiGatewayResourceSendDashemail"]["Properties"]["PathPart"] == "send-email"


def test_the_zip_holds_the_function_and_nothing_of_the_web_application(service):
    with zipfile.ZipFile(service / "build" / "email_service.zip") as packed:
        names = packed.namelist()

    assert {"email_service/handler.py", "email_service/templates/layout.html"} <= set(names)
    assert all(name.startswith("email_service/") and "/tests/" not in name for name in names)
    program = "import email_service.handler, sys; print('django' in sys.modules, 'boto3' in sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        cwd=service,
        env=_environment(service),
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout == "False False\n"


def test_the_same_code_makes_the_same_zip(tmp_path):
    first = build(tmp_path / "first.zip", with_dependencies=False)
    second = build(tmp_path / "second.zip", with_dependencies=False)

    assert first.read_bytes() == second.read_bytes()


def test_the_lock_file_names_no_download_address():
    lock = json.loads((HERE / "package-lock.json").read_text())

    packages = [package for name, package in lock["packages"].items() if name]
    assert len(packages) > 100
    assert all("resolved" not in package and package["integrity"] for package in packages)

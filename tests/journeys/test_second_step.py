"""Signing in with a second step: an app's codes, a passkey, a recovery code (A6)."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from accounts.models import User
from accounts.tests.second_factor.test_second_factor import code_of
from tests.journeys.conftest import Arrives
from tests.journeys.support.visitor import Visitor

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_fingerprint_reader(visitor: Visitor) -> Visitor:
    """Their device has one; it says yes by itself. https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/"""
    device = visitor.context.new_cdp_session(visitor.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return visitor


def key_on(page: Visitor) -> str:
    return page.page.locator(".secret").inner_text().replace(" ", "")


def signs_out(visitor: Visitor) -> None:
    visitor.goes_to("/accounts/logout/").presses("Sign out", within=visitor.page.locator("main"))


def test_staff_set_up_an_app_and_sign_in_with_it(arrives: Arrives, ada: User, width: int) -> None:
    # Given somebody new in the staff, who knows the password only
    desk = arrives(width=width).goes_to("/accounts/login/?next=/admin/").signs_in("ada")
    desk.is_on("Sign-in and security").sees("Set up a second step before you continue")

    # When they set an app up
    desk.follows("Set up an authenticator app").is_on("Set up an authenticator app")
    secret = key_on(desk)
    desk.fills(code="000000").presses("Turn it on").sees("This code isn’t right")
    desk.fills(code=code_of(secret)).presses("Turn it on").is_on("Recovery codes").sees("Download them")

    # Then the hospital opens, and from now on the code is asked for
    desk.goes_to("/admin/")
    signs_out(desk)
    desk.goes_to("/accounts/login/?next=/accounts/security/").signs_in("ada").is_on("Your second step")
    desk.fills(code="123").presses("Sign in", within=desk.page.locator("main")).sees("This code isn’t right")
    desk.fills(code=code_of(secret, periods=1)).presses("Sign in", within=desk.page.locator("main"))
    desk.is_on("Sign-in and security").sees("On since").sees("10 left").sees("Chrome on Linux").sees("This one")


def test_a_recovery_code_stands_in_for_a_lost_phone(arrives: Arrives, ada: User) -> None:
    desk = arrives().goes_to("/accounts/login/").signs_in("ada").follows("Set up an authenticator app")
    desk.fills(code=code_of(key_on(desk))).presses("Turn it on")
    code = desk.page.locator(".codes code").first.inner_text()
    signs_out(desk)

    desk.goes_to("/accounts/login/?next=/accounts/security/").signs_in("ada").fills(code=code)
    desk.presses("Sign in", within=desk.page.locator("main")).is_on("Sign-in and security").sees("9 left")


def test_a_passkey_is_the_second_step_and_then_the_only_one(arrives: Arrives, ada: User, width: int) -> None:
    # Given a device with a fingerprint reader
    desk = with_fingerprint_reader(arrives(width=width)).goes_to("/accounts/login/").signs_in("ada")

    # When it is made a passkey
    desk.follows("Add a passkey").is_on("Add a passkey").fills(name="Work laptop").presses("Add the passkey")
    desk.is_on("Recovery codes").goes_to("/accounts/security/").sees("Work laptop")
    signs_out(desk)

    # Then it is a second step, and it signs in alone
    desk.goes_to("/accounts/login/?next=/accounts/security/").signs_in("ada").is_on("Your second step")
    desk.presses("Use a passkey").is_on("Sign-in and security").sees("last used")
    signs_out(desk)
    desk.goes_to("/accounts/login/?next=/accounts/security/").presses("Sign in with a passkey")
    desk.is_on("Sign-in and security").sees("Work laptop")

    # And it shows who it is before something is changed, is renamed and, as the last one, stays
    desk.follows("Rename Work laptop").fills(name="Ward laptop").presses("Save the name").sees("Ward laptop")
    desk.follows("Remove Ward laptop").presses("Remove it").sees("Staff need a second step to sign in")
    assert Authenticator.objects.filter(user=ada, type=Authenticator.Type.WEBAUTHN).count() == 1


def test_without_javascript_the_app_still_works(arrives: Arrives, ada: User) -> None:
    desk = arrives(javascript=False).goes_to("/accounts/login/").sees("Passkeys need JavaScript").signs_in("ada")
    desk.follows("Set up an authenticator app").fills(code=code_of(key_on(desk))).presses("Turn it on")

    desk.is_on("Recovery codes")

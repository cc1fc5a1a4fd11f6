"""One kind of account for everyone; the role says what for (A1)."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

import pgtrigger
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role, StaffRole
from accounts.erasure_triggers import nothing_for_the_erased
from audit.models import tracked
from core import clock
from core.text.addresses import is_address, normal_or_lower
from core.text.names import kept_name, name_key
from core.text.phones import is_phone, kept_or_typed

# One line of text: no control characters, so a name can never smuggle a line into a mail header or a calendar file.
one_line = RegexValidator(r"^[^\x00-\x1f\x7f\u2028\u2029]*$", _("Use one line of ordinary text."))


def erased_stays(name: str) -> pgtrigger.Trigger:
    """For rows with `erased_at`: once it is set nothing changes any more, but what an erasure itself still erases."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("OLD.erased_at IS NOT NULL AND OLD.* IS DISTINCT FROM NEW.*"),
        func="""
            IF current_setting('hms.erasing', TRUE) IS DISTINCT FROM 'yes' THEN
                RAISE EXCEPTION 'this person is erased'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'erased_stays_erased';
            END IF;
            RETURN NEW;
        """,
    )


class AddressModelField(models.EmailField):  # type: ignore[type-arg]  # has none when it runs
    """An e-mail address as the whole hospital understands one (core/text/addresses.py)."""

    default_validators = [is_address]


class UserManager(DjangoUserManager["User"]):
    """`create_superuser` (the command line) makes staff; patients and doctors come from their apps' services."""

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra: Any
    ) -> User:
        extra.setdefault("full_name", username)
        return super().create_superuser(username, normal_or_lower(email or ""), password, role=Role.STAFF, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


@tracked(
    called=_("account"),
    tells={"is_active:False": _("deactivated"), "is_active:True": _("activated")},
    person=True,
    ignored=["search_name", "last_login", "security_stamp"],
    find_by=["username__iexact", "email__iexact", "search_name__holds_word"],
)
class User(AbstractUser):
    """A person who can sign in. Never deleted, only deactivated: what they did keeps their name."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("Someone already has this username.")},
    )
    email = AddressModelField(_("e-mail address"), max_length=254)
    full_name = models.CharField(max_length=120, validators=[one_line])
    role = models.CharField(max_length=10, choices=Role, editable=False)
    phone = models.CharField(max_length=30, blank=True, validators=[is_phone])
    # Kept by the database itself (the trigger below, and the one on address rows): here, so that asking costs nothing.
    email_verified = models.BooleanField(_("e-mail address confirmed"), default=False, editable=False)
    # Set by the erasure alone (privacy/erasing.py); from then on the database refuses every change.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Counts how often all access was ended: what began under another one no longer counts (accounts/services.py).
    security_stamp = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Folded copy of the name, so that search by name needs neither an extension nor exact spelling.
    search_name = models.CharField(max_length=240, editable=False, default="")

    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            # UPPER, because that is what Django's `iexact` compares: one index both keeps and finds.
            models.UniqueConstraint(
                Upper("email"),
                name="user_email_unique",
                violation_error_message=_("There is already an account with this e-mail."),
            ),
            models.UniqueConstraint(
                Upper("username"),
                name="user_username_unique",
                violation_error_message=_("Someone already has this username."),
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(condition=Q(is_staff=False) | Q(role=Role.STAFF), name="user_admin_is_staff"),
            models.CheckConstraint(
                condition=Q(is_superuser=False) | Q(role=Role.STAFF), name="user_superuser_is_staff"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="role_stays", fields=["role"]),
            pgtrigger.Protect(name="account_is_kept", operation=pgtrigger.Delete),
            erased_stays("erased_account_stays"),
            pgtrigger.Trigger(
                name="email_verified_is_true",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("email", "email_verified"),
                func="""
                    NEW.email_verified := EXISTS (
                        SELECT FROM account_emailaddress
                        WHERE user_id = NEW.id AND verified AND UPPER(email) = UPPER(NEW.email)
                    );
                    RETURN NEW;
                """,
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.full_name = kept_name(self.full_name)
        self.search_name = name_key(self.full_name)
        written = kwargs.get("update_fields")
        if written is None or "email" in written:
            self.email = normal_or_lower(self.email)  # by whichever road it comes: it is unique in this form
        if written is None or "phone" in written:
            self.phone = kept_or_typed(self.phone)
        if written is not None:
            kwargs["update_fields"] = {*written, "search_name"}
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django binds a session to the password it began under; here to the security stamp as well."""
        bound: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        if not self.security_stamp:
            return bound
        return salted_hmac("accounts.User.session", f"{bound}:{self.security_stamp}", algorithm="sha256").hexdigest()

    @property
    def is_patient(self) -> bool:
        return self.role == Role.PATIENT

    @property
    def is_doctor(self) -> bool:
        return self.role == Role.DOCTOR

    @property
    def is_hospital_staff(self) -> bool:
        return self.role == Role.STAFF

    @cached_property
    def staff_roles(self) -> frozenset[str]:
        """What kinds of staff they are, by their groups. One query, asked once of each copy of the account."""
        if self.role != Role.STAFF or self.pk is None:
            return frozenset()
        names = set(self.groups.values_list("name", flat=True))
        return frozenset(role.value for role in StaffRole if role.group_name in names)


@tracked(called=_("kind of staff"), tells={"insert": _("given"), "delete": _("taken away")})
class GroupOfUser(User.groups.through):  # type: ignore[name-defined,misc]
    """Who belongs to which kind of staff: here, so that it is tracked."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [nothing_for_the_erased("no_group_for_the_erased", user="account")]


@tracked(called=_("right of their own"), tells={"insert": _("given"), "delete": _("taken away")})
class PermissionOfUser(User.user_permissions.through):  # type: ignore[name-defined,misc]
    """What somebody may do by themselves: nobody should, so whoever does is to be seen."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [nothing_for_the_erased("no_right_for_the_erased", user="account")]


class AccountAddress(EmailAddress):
    """allauth's address row, whose every change makes the account's `email_verified` be asked anew."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            pgtrigger.Trigger(
                name="address_tells_account",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                # Whatever is written there, the account's own trigger puts what is true, seen behind its row's lock.
                func="""
                    UPDATE accounts_user SET email_verified = FALSE WHERE id IN (OLD.user_id, NEW.user_id);
                    RETURN NULL;
                """,
            ),
            nothing_for_the_erased("no_address_for_the_erased", user="account"),
        ]


class SecondFactor(Authenticator):
    """allauth's row of an app, a passkey or the recovery codes, with what is secret in it named (A6)."""

    SEALED_INSIDE = {"data": ("secret", "seed")}

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [nothing_for_the_erased("no_factor_for_the_erased", user="account")]


class Session(AbstractBaseSession):
    """A signed-in browser, and whose it is (accounts/sessions.py).

    `pending_user`: whose password was given there, while the second step is still to come. Nobody is signed in yet.
    """

    SEALED = ("session_data",)

    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    pending_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("signed in at"), default=clock.now)
    last_seen_at = models.DateTimeField(default=clock.now)
    ip = models.GenericIPAddressField(_("address"), null=True)
    browser = models.CharField(max_length=60, default="", blank=True)

    class Meta(AbstractBaseSession.Meta):
        indexes = [
            models.Index(fields=["pending_user"], name="session_pending", condition=Q(pending_user__isnull=False)),
        ]
        triggers = [nothing_for_the_erased("no_session_for_the_erased", user="account", pending_user="account")]

    @property
    def handle(self) -> str:
        """What a page may call it by: the key itself would let in whoever reads it."""
        return salted_hmac("accounts.Session.handle", self.session_key, algorithm="sha256").hexdigest()[:24]

    @classmethod
    def get_session_store_class(cls) -> type[Any]:
        """As Django finds it: by the setting, for the store knows this model."""
        store: type[Any] = import_module(settings.SESSION_ENGINE).SessionStore
        return store


@tracked(called=_("invitation"))
class Invitation(models.Model):
    """A link by which somebody sets the password of an account made for them (accounts/invitations/services.py).

    Only a digest is kept: who reads the table can't take anybody's place. Gone once it is used.
    """

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="invitation")
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text=_("SHA-256 of the token, in hex."))
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Invitation]]

    class Meta:
        default_permissions = ()
        triggers = [nothing_for_the_erased("no_invitation_for_the_erased", user="account")]

    def __str__(self) -> str:
        return _("Invitation to account %(number)s") % {"number": self.user_id}

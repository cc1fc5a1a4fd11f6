"""What pages about one record are called, and what is said once it is saved, in the words of staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class StaffWords:
    """For a ModelAdmin: "Add a doctor", "Doctor" and "Doctors ›", where Django says "Change doctor profile"."""

    # What staff call the rows, where the model's own name is a programmer's: "times" for slots; and one of them.
    called: ClassVar[StrOrPromise] = ""
    called_one: ClassVar[StrOrPromise] = ""
    add_words: ClassVar[StrOrPromise] = gettext_lazy("Add")  # "Add a doctor"

    @property
    def plural(self) -> str:
        return str(self.called or self.opts.verbose_name_plural)  # type: ignore[attr-defined]

    @property
    def singular(self) -> str:
        return str(self.called_one or self.opts.verbose_name)  # type: ignore[attr-defined]

    @property
    def stored_plural(self) -> str:
        """For the audit trail, which is kept in one language."""
        with translation.override(None):
            return self.plural

    @property
    def stored_singular(self) -> str:
        with translation.override(None):
            return self.singular

    def said_when_added(self, obj: Any) -> str:
        """What else happened when `obj` was added."""
        return ""

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["title"] = self.add_words if kwargs.get("add") else capfirst(self.singular)
        context["list_title"] = capfirst(self.plural)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
        titled = {
            **context,
            "title": _("Delete %(thing)s") % {"thing": self.singular},
            "list_title": capfirst(self.plural),
        }
        return super().render_delete_form(request, titled)  # type: ignore[misc]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        self._say(request, _("{thing} {link} is added. {more}"), obj, more=self.said_when_added(obj))
        if "_addanother" in request.POST:
            return redirect(request.get_full_path())
        if "_continue" in request.POST:
            return redirect(self._page_of(obj))
        return self.response_post_save_add(request, obj)  # type: ignore[attr-defined,no-any-return]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        self._say(request, _("{thing} {link} is saved."), obj)
        if "_continue" in request.POST:
            return redirect(self._page_of(obj))
        if "_addanother" in request.POST:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")  # type: ignore[attr-defined]
        return self.response_post_save_change(request, obj)  # type: ignore[attr-defined,no-any-return]

    def _say(self, request: HttpRequest, sentence: str, obj: Any, more: str = "") -> None:
        link = format_html('<a href="{}">{}</a>', self._page_of(obj), obj)
        told = format_html(sentence, thing=capfirst(self.singular), link=link, more=more)
        self.message_user(request, told, messages.SUCCESS)  # type: ignore[attr-defined]

    def _page_of(self, obj: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"  # type: ignore[attr-defined]
        return reverse(name, args=[quote(obj.pk)])

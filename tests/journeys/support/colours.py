"""Which colours meet on a page: most of axe's time goes into contrast, and it need not judge the same meeting twice.

A meeting is all that the verdict depends on: colour, size and weight of the words, the grounds below them, and what axe
lets pass (disabled, hidden from readers). Words that axe doesn't judge, hidden ones and single characters, are none.
"""

from __future__ import annotations

from playwright.sync_api import Page

MEETINGS = r"""() => {
  const NOTHING = "rgba(0, 0, 0, 0) none 1 none";
  const below = new Map();
  const groundOf = (element) => {
    if (!element) return "";
    if (!below.has(element)) {
      const style = getComputedStyle(element);
      let own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter].join(" ");
      // What is taken out of the flow lies above something else than its parents.
      if (["absolute", "fixed", "sticky"].includes(style.position)) own += ` ${style.position} .${element.className}`;
      const ground = groundOf(element.parentElement);
      below.set(element, own === NOTHING ? ground : `${own} on ${ground}`);
    }
    return below.get(element);
  };
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1
      && element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  };
  const exemption = (element) => {
    const control = element.closest("label")?.control;
    const about = document.querySelector(`[aria-labelledby~="${CSS.escape(element.id)}"]`);
    const OFF = ":disabled, [aria-disabled=true]";
    return [
      element.closest(OFF) || control?.closest(OFF) || (element.id && about?.closest(OFF)) ? "disabled" : "",
      element.closest("[aria-hidden=true]") ? "hidden" : "",
      element.localName === "option" ? "option" : "",
    ].join("");
  };
  const found = new Set();
  const meet = (element) => {
    const style = getComputedStyle(element);
    const words = [style.color, style.fontSize, style.fontWeight, style.textShadow, style.webkitTextStroke];
    found.add([...words, exemption(element), groundOf(element)].join(" | "));
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const words = texts.currentNode.data.trim(), element = texts.currentNode.parentElement;
    if (words.length > 1 && /[\p{L}\p{N}]/u.test(words) && isShown(element)) meet(element);
  }
  for (const field of document.querySelectorAll("input, select, textarea")) if (isShown(field)) meet(field);
  return [...found];
}"""
CONTRAST_IS_KNOWN = {"color-contrast": {"enabled": False}}
_judged: set[str] = set()


def meetings_on(page: Page) -> set[str]:
    """The colours that meet on it now."""
    return set(page.evaluate(MEETINGS))


def are_judged(meetings: set[str]) -> bool:
    """Whether axe has found each of them sound before, in this process."""
    return meetings <= _judged


def note_as_sound(meetings: set[str]) -> None:
    _judged.update(meetings)

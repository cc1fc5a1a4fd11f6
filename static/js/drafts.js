// Keeps what is typed and not sent, for whoever typed it (docs/adr/0022). Small: it is on the heaviest pages.
"use strict";

const { url, cookie } = document.currentScript.dataset;
const kept = new WeakMap();
const sent = new WeakSet();
let pause;

const isTyped = (field) => field.name && !/^(hidden|password|file|submit|button)$/.test(field.type);

function isChanged(field) {
  if (/^(checkbox|radio)$/.test(field.type)) return field.checked !== field.defaultChecked;
  if (!field.options) return field.value !== field.defaultValue;
  const chosen = [...field.options].map((option) => option.defaultSelected);
  if (!field.multiple && !chosen.includes(true)) return field.selectedIndex > 0;
  return [...field.options].some((option, number) => option.selected !== chosen[number]);
}

// What was changed since the page was drawn, and before it, where it answers a form; nothing when nobody can tell.
function changedIn(form) {
  const before = form.elements.typed_by.dataset.unsaved;
  if (before === "") return null;
  const names = [...form.elements].filter((field) => isTyped(field) && isChanged(field)).map((field) => field.name);
  return [...new Set([...(before ?? "").split(" "), ...names])].filter(Boolean).join(" ");
}

function keep(form) {
  const mark = form.elements.typed_by;
  const fields = [...form.elements].filter(isTyped);
  if (!mark || !fields.length || sent.has(form) || form.id === "changelist-form") return;
  if (!kept.has(form) && !("unsaved" in mark.dataset) && !fields.some(isChanged)) return;
  const data = new FormData(form);
  for (const field of form.elements) {
    if (/^(password|file)$/.test(field.type) || field.autocomplete === "one-time-code") data.delete(field.name);
  }
  data.delete("draft_kept");
  const [text, changed] = [new URLSearchParams(data), changedIn(form)];
  text.delete("draft_changed");
  if (changed !== null) text.append("draft_changed", changed);
  if (kept.get(form) === `${text}` || !navigator.sendBeacon(url, text)) return;
  // biome-ignore lint/suspicious/noDocumentCookie: at once, for a reload waits neither for the answer nor for a promise
  document.cookie = cookie;
  if (!kept.has(form)) mark.insertAdjacentHTML("afterend", '<input type="hidden" name="draft_kept" value="1">');
  kept.set(form, `${text}`);
}

function keepAll() {
  clearTimeout(pause);
  for (const form of document.forms) keep(form);
}

document.addEventListener("input", ({ target }) => {
  sent.delete(target.form);
  clearTimeout(pause);
  pause = setTimeout(keepAll, 2000);
});
document.addEventListener("submit", ({ target }) => {
  clearTimeout(pause);
  if (target.elements.typed_by && changedIn(target)) {
    target.elements.draft_changed?.remove();
    target.elements.typed_by.insertAdjacentHTML("afterend", '<input type="hidden" name="draft_changed">');
    target.elements.draft_changed.value = changedIn(target);
  }
  for (const form of target.hasAttribute("data-drops-draft") ? document.forms : [target]) sent.add(form);
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) keepAll();
});
window.addEventListener("pagehide", keepAll);

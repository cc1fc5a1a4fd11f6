// Small comforts. Every page works without them: the server is the guard.
"use strict";

// A form says that it is being saved, and takes no second press. The pressed button's name and value still travel.
const wordsBefore = new WeakMap();

function showSaving(form, button) {
  form.dataset.saving = "now";
  if (!button) return;
  wordsBefore.set(button, [...button.childNodes]);
  const spinner = document.createElement("span");
  spinner.className = "spinner";
  spinner.setAttribute("aria-hidden", "true");
  button.replaceChildren(spinner, button.dataset.busy || "Saving…");
  button.classList.add("is-saving");
  button.setAttribute("aria-disabled", "true");
}

function showReady(form) {
  form.dataset.saving = "";
  for (const button of [...form.elements].filter((control) => wordsBefore.has(control))) {
    button.replaceChildren(...wordsBefore.get(button));
    button.classList.remove("is-saving");
    button.removeAttribute("aria-disabled");
    wordsBefore.delete(button);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-saving]")) return;
  if (form.dataset.saving === "now") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  showSaving(form, event.submitter || form.querySelector("button[type=submit]"));
}, true);

// Answered in place, or back from the browser's cache: the form is ready again.
function readyAgain() {
  for (const form of document.querySelectorAll("form[data-saving='now']")) showReady(form);
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.matches?.("form[data-saving='now']")) showReady(event.target);
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) readyAgain();
});

// Menus made of <details> close on Escape and on a press elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// The chosen day of a week strip is in view; the error summary is read first.
function showChosenDay() {
  for (const strip of document.querySelectorAll(".week ol")) {
    const day = strip.querySelector("[aria-current]");
    if (day) strip.scrollLeft = day.offsetLeft - strip.offsetLeft - (strip.clientWidth - day.clientWidth) / 2;
  }
}
document.querySelector("[data-focus]:not(form *)")?.focus();
showChosenDay();
document.addEventListener("htmx:afterSwap", showChosenDay);
// A day shown in place is read from its heading on: the keyboard goes there, as it does after a whole page.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.requestConfig?.elt?.closest(".week")) document.getElementById("chosen-day")?.focus();
});

// "Print" is only offered where it can work.
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A step taken in place: the keyboard stays in its row, the news is read out, and a refusal shows its own page.
let rowOfStep = "";
const news = document.createElement("p");
news.className = "visually-hidden";
news.setAttribute("role", "status");
document.body.append(news);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches?.("form[data-hx-post]")) rowOfStep = event.target.closest("[id^='row-']")?.id || "";
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "main") return;
  const row = rowOfStep && document.getElementById(rowOfStep);
  if (row) row.closest("details:not([open])")?.setAttribute("open", "");
  (row ? row.querySelector("a") : event.target).focus({ preventScroll: true });
  news.textContent = [...document.querySelectorAll(".messages .notice__body")].map((body) => body.textContent).join(" ");
});
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    if (event.target.matches?.("form[data-hx-post]")) event.target.submit();
  });
}

// The button that books says for whom, as soon as somebody is chosen.
function namePerson(button) {
  const chosen = button.form.querySelector(`input[name="${button.dataset.namedBy}"]:checked`);
  const words = chosen && button.getAttribute(`data-for-${chosen.value}`);
  if (words) button.textContent = words;
}
for (const button of document.querySelectorAll("button[data-named-by]")) {
  namePerson(button);
  button.form.addEventListener("change", () => namePerson(button));
}
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[data-named-by]")) namePerson(button);
});

// What was asked for in place may be answered by another page: the session is over, or there is only one way on.
// A page without the part that was asked for is shown as the page it is; the part that stands is never taken away.
document.addEventListener("htmx:beforeSwap", (event) => {
  const asker = event.detail.requestConfig?.elt?.closest?.("[data-hx-get][data-hx-select]");
  if (!asker || !event.detail.shouldSwap) return;
  const answer = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
  if (answer.querySelector(asker.getAttribute("data-hx-select"))) return;
  event.detail.shouldSwap = false;
  window.location.assign(event.detail.xhr.responseURL);
});

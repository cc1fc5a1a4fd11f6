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

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("form[data-saving]")) return;
    if (form.dataset.saving === "now") {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    showSaving(form, event.submitter || form.querySelector("button[type=submit]"));
  },
  true,
);

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

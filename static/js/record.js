// Saves a doctor's draft a few seconds after they pause, and says so. Without it the button does the same.
"use strict";

// Names of its own: drafts.js has some of them.
{
  const form = document.querySelector("form[data-record]");
  const saved = form.querySelector("[data-saved]");
  const PAUSE = 3000;
  const FOR_GOOD = [403, 404, 409]; // whatever else goes wrong, the next pause tries again
  let pause;
  let saving = false;
  let changed = false;
  let stopped = false;

  const later = () => {
    clearTimeout(pause);
    if (!stopped) pause = setTimeout(save, PAUSE);
  };

  async function save() {
    if (saving || stopped || form.dataset.saving === "now") return later();
    saving = true;
    changed = false;
    const data = new FormData(form);
    data.set("act", "autosave");
    try {
      // Marked as a part of the page: the form stays where it is, and is not taken by it (accounts/drafts).
      const answer = await fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" } });
      const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
      if (said.revision) form.elements.revision.value = said.revision;
      // Led elsewhere: the session has ended. What is typed waits for the next sign-in (drafts.js).
      stopped = answer.redirected || FOR_GOOD.includes(answer.status);
      changed ||= !stopped && !said.revision;
      saved.textContent = said.saved || (stopped && said.refused) || saved.dataset[stopped ? "ended" : "unsaved"];
    } catch {
      // The network is away.
      changed = true;
      saved.textContent = saved.dataset.unsaved;
    }
    saving = false;
    if (changed) later();
  }

  form.addEventListener("input", () => {
    changed = true;
    later();
  });
  // A button sends the whole form: a save on its way must come first, or the form would seem a stranger's.
  form.addEventListener("submit", (event) => {
    clearTimeout(pause);
    if (!saving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    const wait = setInterval(() => {
      if (saving) return;
      clearInterval(wait);
      clearTimeout(pause);
      form.dataset.saving = "";
      form.requestSubmit(submitter);
    }, 50);
  });
}

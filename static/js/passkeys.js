// Forms that a passkey fills in. allauth does the asking; this says which form, and what to tell when it fails.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || !window.allauth?.webauthn) break;
  form.hidden = false;
  for (const hint of document.querySelectorAll("[data-passkey-missing]")) hint.hidden = true;
  const ask = window.allauth.webauthn.forms[`${form.dataset.passkey}Form`];
  const ids = { credential: form.elements.credential.id };
  ids[form.dataset.passkey] = form.querySelector("button").id;
  if (form.elements.passwordless) ids.passwordless = form.elements.passwordless.id;
  ask({ ids, data: form.dataset.passkeyOptions ? JSON.parse(form.dataset.passkeyOptions) : undefined });
}

// Also when the person closes the browser's question: nothing is wrong then, and there are other ways.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const told of document.querySelectorAll("[data-passkey-failed]")) told.hidden = false;
});

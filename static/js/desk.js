// The open desk. It works without: then one reloads it.
"use strict";

// A part that asks again by itself never takes the keyboard away and shuts nothing: it waits while its menu is open.
let place = null;
const stops = (row) => [...row.querySelectorAll("a, button, summary")];
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target;
  if (part.matches?.("[data-keeps-place]") && part.querySelector("details[data-menu][open]")) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (!part.matches?.("[data-keeps-place]")) return;
  const on = document.activeElement;
  const row = part.contains(on) ? on.closest("[id^='row-']") : null;
  const open = [...part.querySelectorAll("details[id][open]")].map((details) => details.id);
  place = { id: part.contains(on) ? on.id : "", row: row?.id, stop: row ? stops(row).indexOf(on) : 0, open };
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!place || !event.target.matches?.("[data-keeps-place]")) return;
  for (const id of place.open) document.getElementById(id)?.setAttribute("open", "");
  const row = place.row && document.getElementById(place.row);
  const again = (place.id && document.getElementById(place.id)) || (row && (stops(row)[place.stop] || stops(row)[0]));
  place = null;
  again?.focus({ preventScroll: true });
});

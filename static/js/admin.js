/* Names Django's search-as-you-type boxes after their labels: as they come, a screen reader calls them nothing. */
"use strict";

function nameBoxes() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = select.labels[0];
    const box = select.nextElementSibling;
    if (!label || !box) continue;
    label.id ||= `${select.id}_label`;
    for (const part of box.querySelectorAll('[role="combobox"], [role="textbox"]')) {
      const shown = part.getAttribute("role") === "combobox" ? part.querySelector('[role="textbox"]') : null;
      part.setAttribute("aria-labelledby", shown ? `${label.id} ${shown.id}` : label.id);
    }
  }
}

// After Django's own script, which makes the boxes when jQuery says so: what asks later is called later.
window.django?.jQuery?.(nameBoxes);

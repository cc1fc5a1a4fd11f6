// One box for all boxes of a page. Without, each is ticked by itself.
"use strict";

for (const all of document.querySelectorAll("input[data-selects]")) {
  const boxes = [...all.form.querySelectorAll(`input[type=checkbox][name="${all.dataset.selects}"]`)];
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
  });
  all.form.addEventListener("change", (event) => {
    if (event.target !== all) show();
  });
  window.addEventListener("pageshow", show);
  all.hidden = false;
  show();
}

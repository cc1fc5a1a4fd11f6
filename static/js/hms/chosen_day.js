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

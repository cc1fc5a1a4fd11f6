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
  news.textContent = [...document.querySelectorAll(".messages .notice__body")]
    .map((body) => body.textContent)
    .join(" ");
});
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    if (event.target.matches?.("form[data-hx-post]")) event.target.submit();
  });
}

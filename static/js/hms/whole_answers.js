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

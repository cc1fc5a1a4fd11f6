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

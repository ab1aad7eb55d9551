/* Filters: passages with any of the tags, requests or marks that are pressed; none pressed shows all. */

const passages = all(".passage");
const filterButtons = all("[data-filter]");
const pressed = new Set();

function applyFilters() {
  let shown = 0;
  for (const passage of passages) {
    const has = passage.dataset.filters.split(" ");
    passage.hidden = pressed.size > 0 && !has.some((filter) => pressed.has(filter));
    if (!passage.hidden) shown++;
  }
  for (const button of filterButtons) {
    button.setAttribute("aria-pressed", String(pressed.has(button.dataset.filter)));
  }
  for (const words of all(".ev")) {
    words.classList.toggle("on", words.dataset.tags.split(" ").some((tag) => pressed.has(`tag:${tag}`)));
  }
  one("#clear").hidden = pressed.size === 0;
  one("#shown").textContent = pressed.size ? `${passages.length} 話題のうち ${shown} を表示中` : "";
  find();
}

function clearFilters() {
  if (!pressed.size) return;
  pressed.clear();
  applyFilters();
}

function clearAll() {
  one("#query").value = "";
  clearFilters();
  find();
}

for (const button of filterButtons) {
  button.addEventListener("click", () => {
    const filter = button.dataset.filter;
    if (!pressed.delete(filter)) pressed.add(filter);
    const top = button.closest(".passage") ? button.getBoundingClientRect().top : null;
    applyFilters();
    /* What was clicked in the text stays under the pointer though passages above it went. */
    if (top !== null) scrollBy(0, button.getBoundingClientRect().top - top);
  });
}
one("#clear").addEventListener("click", () => {
  clearFilters();
  one("#main").focus();
});
/* On a phone the text comes first. */
if (innerWidth < 540) one(".filters").open = false;

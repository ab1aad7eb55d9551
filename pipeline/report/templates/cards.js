/* The list of cards: by words, kind and tag, all of which must be met. */

const cards = all(".one").map((item) => ({ item, text: fold(item.textContent).text }));

function choose() {
  const words = fold(one("#words").value).text.split(/\s+/).filter(Boolean);
  const kind = one("#kind").value;
  const tag = one("#tag").value;
  let shown = 0;
  for (const { item, text } of cards) {
    const isMet =
      (!kind || item.dataset.kind === kind) &&
      (!tag || item.dataset.tags.split(" ").includes(tag)) &&
      words.every((word) => text.includes(word));
    item.hidden = !isMet;
    if (isMet) shown++;
  }
  one("#count").textContent = `${shown} 枚`;
}

one("#choose").addEventListener("input", choose);
one("#choose").addEventListener("submit", (event) => event.preventDefault());
choose();

/* Search in the page: width, case and kana make no difference. The text itself is not touched. */

const query = one("#query");
const canPaint = "highlights" in CSS;
let texts = null;
let hits = [];
let hitAt = -1;

/** The text nodes of a line, what recognition wrote left out, with their folded text. */
function read(line) {
  const nodes = [];
  const walker = document.createTreeWalker(one(".say", line), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest(".raw")) nodes.push(walker.currentNode);
  }
  return { line, nodes, folded: fold(nodes.map((node) => node.data).join("")) };
}

function spot(nodes, offset, isEnd) {
  for (const node of nodes) {
    if (offset < node.length || (isEnd && offset === node.length)) return [node, offset];
    offset -= node.length;
  }
  return [nodes.at(-1), nodes.at(-1).length];
}

function find() {
  const wanted = fold(query.value.trim()).text;
  for (const { line } of hits) line.classList.remove("hit", "here");
  hits = [];
  hitAt = -1;
  if (wanted) {
    texts ??= lines.map(read);
    for (const { line, nodes, folded } of texts) {
      if (line.closest("[hidden]")) continue;
      for (let at = folded.text.indexOf(wanted); at >= 0; at = folded.text.indexOf(wanted, at + wanted.length)) {
        const range = new Range();
        range.setStart(...spot(nodes, folded.from[at], false));
        range.setEnd(...spot(nodes, folded.from[at + wanted.length - 1] + 1, true));
        hits.push({ line, range });
        line.classList.add("hit");
      }
    }
  }
  paint();
}

function paint() {
  if (canPaint) {
    CSS.highlights.set("hit", new Highlight(...hits.map((hit) => hit.range)));
    CSS.highlights.set("here", new Highlight(...(hitAt < 0 ? [] : [hits[hitAt].range])));
  }
  const found = hits.length ? `${hitAt + 1} / ${hits.length}` : "一致なし";
  one("#hits").textContent = query.value.trim() ? (hitAt < 0 && hits.length ? `${hits.length} 件` : found) : "";
}

function stepHit(by) {
  if (!hits.length) return;
  hits[hitAt]?.line.classList.remove("here");
  hitAt = (hitAt + by + hits.length + (hitAt < 0 && by < 0 ? 1 : 0)) % hits.length;
  hits[hitAt].line.classList.add("here");
  setFollowing(false);
  show(hits[hitAt].line);
  paint();
}

query.addEventListener("input", find);
one("#find").addEventListener("submit", (event) => event.preventDefault());
query.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  stepHit(event.shiftKey ? -1 : 1);
});
one("#before").addEventListener("click", () => stepHit(-1));
one("#after").addEventListener("click", () => stepHit(1));
if (!canPaint) document.documentElement.classList.add("no-paint");

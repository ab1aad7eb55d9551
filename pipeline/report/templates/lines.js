/* Lines, chapters, cards: what a click or a key does with them. */

const keysOn = one("#keys-on");
const keys = one("#keys");
let chosen = lines[0] ?? null;

const handle = (line) => one(".at", line);

/** The one line that the Tab key stops at. */
function choose(line, { focus = true } = {}) {
  if (!line) return;
  if (chosen) handle(chosen).tabIndex = -1;
  chosen = line;
  handle(line).tabIndex = 0;
  if (focus) {
    handle(line).focus({ preventScroll: true });
    line.scrollIntoView({ block: "nearest" });
  }
}

function step(by) {
  const seen = lines.filter((line) => !line.closest("[hidden]"));
  const from = document.activeElement?.closest(".line") ? chosen : (now ?? chosen);
  const at = seen.indexOf(from);
  if (at < 0) choose(seen[0]);
  else choose(from === chosen && !document.activeElement?.closest(".line") && from !== now ? from : (seen[at + by] ?? from));
}

function stepChapter(by) {
  if (!chapters.length) return;
  const place = (link) => lines.indexOf(one(link.hash));
  const at = lines.indexOf(document.activeElement?.closest(".line") ?? now ?? lines[0]);
  const next = by > 0 ? chapters.find((link) => place(link) > at) : chapters.findLast((link) => place(link) < at);
  if (next) go(next.hash, { play: Boolean(sound) && !sound.paused });
}

/** Go to a line by its address; a passage that a filter hid is shown again. False leaves the rest to the browser. */
function go(hash, { play = false, focus = true } = {}) {
  const target = document.getElementById(decodeURIComponent(hash.slice(1)));
  const line = target?.closest(".line");
  if (!line) {
    if (target?.closest("[hidden]")) clearFilters();
    return false;
  }
  if (line.closest("[hidden]")) clearFilters();
  choose(line, { focus });
  hear(line, { play });
  show(line);
  return true;
}

function markQuoted(card, isOn) {
  for (let at = Number(card.dataset.first); at <= Number(card.dataset.last); at++) {
    one(`#u${at}`)?.classList.toggle("quoted", isOn);
  }
}

one("#main").addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && go(link.hash, { play: link.classList.contains("to") })) {
    event.preventDefault();
    return;
  }
  const line = event.target.closest(".line");
  const isControl = event.target.closest("a, button:not(.at), .fix");
  if (!line || isControl || String(getSelection())) return;
  choose(line, { focus: false });
  hear(line);
});
one(".chapters").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link && go(link.hash, { play: Boolean(sound) })) event.preventDefault();
});
for (const card of all(".card[data-first]")) {
  card.addEventListener("mouseenter", () => markQuoted(card, true));
  card.addEventListener("mouseleave", () => markQuoted(card, false));
  card.addEventListener("focusin", () => markQuoted(card, true));
  card.addEventListener("focusout", () => markQuoted(card, false));
}
one("#main").addEventListener("focusin", (event) => {
  const line = event.target.closest(".line");
  if (line && line !== chosen) choose(line, { focus: false });
});

const plainKeys = {
  p: () => sound && toggle(),
  f: () => follow?.click(),
  j: () => step(1),
  k: () => step(-1),
  n: () => stepHit(1),
  N: () => stepHit(-1),
  "[": () => stepChapter(-1),
  "]": () => stepChapter(1),
  "/": () => one("#query").focus(),
  "?": () => keys.showModal(),
};

function arrows(event) {
  const isOnLine = document.activeElement?.matches(".at");
  if (event.key === "ArrowDown" && isOnLine) step(1);
  else if (event.key === "ArrowUp" && isOnLine) step(-1);
  else if (event.key === "ArrowLeft" && sound) sound.currentTime -= 5;
  else if (event.key === "ArrowRight" && sound) sound.currentTime += 5;
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || keys.open) return;
  if (event.key === "Escape") {
    if (document.activeElement?.matches(".fix")) document.activeElement.blur();
    else clearAll();
    return;
  }
  if (event.target.closest("input, select, textarea, audio")) return;
  const isDone = arrows(event) || (keysOn.checked && plainKeys[event.key] && (plainKeys[event.key](), true));
  if (isDone) event.preventDefault();
});
one("#keys-open").addEventListener("click", () => keys.showModal());
addEventListener("hashchange", () => go(location.hash));
if (chosen) choose(chosen, { focus: false });
go(location.hash, { focus: false });

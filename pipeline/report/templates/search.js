/* Search over all cards and utterances of the site, in the index that stands in the page. */

const index = JSON.parse(one("#index").textContent);
const MOST = 50;
const cards = index.cards.map(([episode, id, title, body, quote]) => ({
  href: `${index.episodes[episode][0]}#c-${id}`, title, episode, when: "",
  text: [body, quote].filter(Boolean).join(" "),
}));
const said = index.passages.flatMap(([episode, first, seconds, texts]) =>
  texts.map((text, at) => ({
    href: `${index.episodes[episode][0]}#u${first + at}`, title: "", episode, text,
    when: seconds[at] === null ? "" : clock(seconds[at]),
  })),
);
for (const entry of [...cards, ...said]) entry.folded = fold(`${entry.title} ${entry.text}`).text;

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** The text from before the first word found, its words marked. Built of text nodes: nothing becomes markup. */
function excerpt(text, words) {
  const folded = fold(text);
  const spots = [];
  for (const word of words) {
    for (let at = folded.text.indexOf(word); at >= 0; at = folded.text.indexOf(word, at + word.length)) {
      spots.push([folded.from[at], folded.from[at + word.length - 1] + 1]);
    }
  }
  spots.sort((a, b) => a[0] - b[0]);
  let at = Math.max(0, (spots[0]?.[0] ?? 0) - 40);
  const last = at + 140;
  const parts = [at ? "…" : ""];
  for (const [start, end] of spots) {
    if (start < at || end > last) continue;
    const mark = document.createElement("mark");
    mark.textContent = text.slice(start, end);
    parts.push(text.slice(at, start), mark);
    at = end;
  }
  parts.push(text.slice(at, last), text.length > last ? "…" : "");
  return parts;
}

function item(entry, words) {
  const made = document.createElement("li");
  const link = document.createElement("a");
  link.href = entry.href;
  const [, title, date] = index.episodes[entry.episode];
  const where = [title, date, entry.when].filter(Boolean).join("　");
  const place = document.createElement("p");
  place.className = "meta";
  place.textContent = where;
  if (entry.title) {
    link.textContent = entry.title;
    made.append(link);
    const text = document.createElement("p");
    text.append(...excerpt(entry.text, words));
    made.append(text, place);
  } else {
    link.append(...excerpt(entry.text, words));
    made.append(link, place);
  }
  return made;
}

function search() {
  const words = fold(one("#words").value).text.split(/\s+/).filter(Boolean);
  const met = (entry) => words.length > 0 && words.every((word) => entry.folded.includes(word));
  const found = [cards.filter(met), said.filter(met)];
  one("#found-cards").replaceChildren(...found[0].slice(0, MOST).map((entry) => item(entry, words)));
  one("#found-passages").replaceChildren(...found[1].slice(0, MOST).map((entry) => item(entry, words)));
  const more = found.some((entries) => entries.length > MOST) ? `（それぞれ ${MOST} 件まで表示）` : "";
  one("#count").textContent = words.length ? `カード ${found[0].length} 件・発言 ${found[1].length} 件${more}` : "";
  history.replaceState(null, "", words.length ? `#q=${encodeURIComponent(one("#words").value)}` : location.pathname);
}

one("#words").addEventListener("input", (event) => event.isComposing || search());
one("#words").addEventListener("compositionend", search);
one("#ask").addEventListener("submit", (event) => event.preventDefault());
if (location.hash.startsWith("#q=")) one("#words").value = decodeURIComponent(location.hash.slice(3));
search();

/* The player: a line is heard when it is chosen, and the line that is heard is shown. */

const sound = one("#sound");
const lines = all(".line");
const timed = lines.filter((line) => line.dataset.s);
const starts = timed.map((line) => Number(line.dataset.s));
const chapters = all(".chapters a");
const timedChapters = chapters.filter((link) => link.dataset.s);
const chapterStarts = timedChapters.map((link) => Number(link.dataset.s));
const follow = one("#follow");
let now = null;
let chapterNow = null;

/** Index of the last start that is not after a second; -1 before the first. */
function lastBefore(sorted, second) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= second + 0.02) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function isFollowing() {
  return follow?.getAttribute("aria-pressed") === "true";
}

function setFollowing(value) {
  follow?.setAttribute("aria-pressed", String(value));
}

/** Mark the line that is heard, and keep it in view. */
function markNow() {
  const line = timed[lastBefore(starts, sound.currentTime)] ?? null;
  if (line !== now) {
    now?.classList.remove("now");
    now?.removeAttribute("aria-current");
    now = line;
    now?.classList.add("now");
    now?.setAttribute("aria-current", "true");
    if (now && isFollowing() && !now.closest("[hidden]")) show(now);
  }
  const chapter = timedChapters[lastBefore(chapterStarts, sound.currentTime)] ?? null;
  if (chapter !== chapterNow) {
    chapterNow?.removeAttribute("aria-current");
    chapterNow = chapter;
    chapterNow?.setAttribute("aria-current", "true");
    one("#chapter-now").textContent = one(".title", chapter ?? document.createElement("a"))?.textContent ?? "";
  }
}

/** Hear a line; where there is no sound, point at it. */
function hear(line, { play = true } = {}) {
  if (!sound || !line.dataset.s) {
    show(line);
    return;
  }
  setFollowing(true);
  sound.currentTime = Number(line.dataset.s);
  markNow();
  if (play) sound.play().catch(() => {});
}

function toggle() {
  if (sound.paused) sound.play().catch(() => {});
  else sound.pause();
}

function loadWithin() {
  const bytes = one("#sound-bytes");
  if (!bytes) return;
  const text = atob(bytes.textContent);
  const data = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) data[at] = text.charCodeAt(at);
  sound.src = URL.createObjectURL(new Blob([data], { type: sound.dataset.type }));
  bytes.remove();
}

if (sound) {
  sound.addEventListener("timeupdate", markNow);
  sound.addEventListener("seeked", markNow);
  sound.addEventListener("error", () => {
    const lost = one("#sound-lost");
    lost.textContent = "音声を読み込めません。このページと同じ場所に音声ファイルがあるか、確かめてください。";
    lost.hidden = false;
  });
  follow.addEventListener("click", () => {
    setFollowing(!isFollowing());
    if (isFollowing() && now) show(now);
  });
  one("#speed").addEventListener("change", (event) => {
    sound.playbackRate = Number(event.target.value);
  });
  /* Who scrolls wants to read elsewhere. */
  for (const kind of ["wheel", "touchmove"]) {
    one("#main").addEventListener(kind, () => !sound.paused && setFollowing(false), { passive: true });
  }
  loadWithin();
}

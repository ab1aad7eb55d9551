"use strict";
/* What every script of a page uses; the scripts share one scope and stand in the page in a fixed order. */

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const isStill = matchMedia("(prefers-reduced-motion: reduce)");

/** A text without differences of width, case and kana, with the place each of its characters comes from. */
function fold(text) {
  let folded = "";
  const from = [];
  let at = 0;
  for (const char of text) {
    for (const plain of char.normalize("NFKC").toLowerCase()) {
      const code = plain.codePointAt(0);
      const kana = code >= 0x30a1 && code <= 0x30f6 ? String.fromCodePoint(code - 0x60) : plain;
      folded += kana;
      for (let unit = 0; unit < kana.length; unit++) from.push(at);
    }
    at += char.length;
  }
  from.push(at);
  return { text: folded, from };
}

/** Bring an element into view, below the tools and above the player. */
function show(element, block = "center") {
  const isFar = Math.abs(element.getBoundingClientRect().top - innerHeight / 2) > innerHeight;
  element.scrollIntoView({ block, behavior: isFar || isStill.matches ? "auto" : "smooth" });
  /* What was never drawn has an estimated height: look again once it is. */
  if (isFar) requestAnimationFrame(() => requestAnimationFrame(() => element.scrollIntoView({ block })));
}

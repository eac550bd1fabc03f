/* Keys for those who use them much. Anything on a page may have one: data-key="KeyJ" is pressed, or focused if it is a field,
   by that key (KeyboardEvent.code, so that a Russian or French layout does not matter). Off while typing, and for whoever
   switched them off, since then this file is not loaded. */
"use strict";

const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";

function codeOf(event) {
  if (event.key === "?" || (event.shiftKey && event.code === "Slash")) return "Question";
  if (event.key === "/" || event.code === "Slash") return "Slash";
  return event.shiftKey ? "" : event.code;
}

function press(element) {
  if (element.matches(TYPING)) {
    element.focus();
    if (element.select) element.select();
  } else element.click();
}

/* The help lists what this very page offers, in the words that are on it. */
function listKeys(help) {
  const list = help.querySelector("[data-keys-here]");
  const seen = new Set(["KeyQuestion"]);
  for (const element of document.querySelectorAll("[data-key]")) {
    const code = element.dataset.key;
    if (seen.has(code)) continue;
    seen.add(code);
    const key = document.createElement("kbd");
    key.textContent = code === "Slash" ? "/" : code.replace(/^Key|^Digit/, "").toLowerCase();
    const term = document.createElement("dt");
    const says = document.createElement("dd");
    term.append(key);
    says.textContent = element.dataset.keySays || element.getAttribute("aria-label") || element.textContent.trim();
    list.append(term, says);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) {
    const form = event.target.form;
    if (event.code === "Enter" && form && form.matches("[data-ctrl-enter]")) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.target.closest(TYPING)) {
    if (event.code === "Escape" && event.target.matches("[data-key]")) event.target.blur();
    return;
  }
  const code = codeOf(event);
  if (code === "Question") {
    const help = document.getElementById("keys");
    if (help) { event.preventDefault(); help.togglePopover(); }
    return;
  }
  const element = code && document.querySelector(`[data-key="${CSS.escape(code)}"]`);
  if (element && !document.querySelector(":modal")) { event.preventDefault(); press(element); }
});

const help = document.getElementById("keys");
if (help) listKeys(help);

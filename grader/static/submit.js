/* The form that hands work in: it is looked over as soon as a file is chosen, and what is typed is kept as it comes, so that
   nothing is lost. The page works without this file too; then all of this happens when the form is sent. */
"use strict";

const QUIET_MS = 1500;  // after the last letter

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/* The drop zone: size before anything is sent, then the server's word on what is in it. */
function dropZone(zone) {
  const input = zone.querySelector("input[type=file]");
  const says = zone.querySelector("[data-says]");
  const place = zone.querySelector("#preflight");
  const words = zone.dataset;

  async function look() {
    const file = input.files[0];
    place.replaceChildren();
    says.textContent = "";
    if (!file) return;
    const size = (file.size / 1024 / 1024).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
    const facts = { name: file.name, size, limit: words.limitMb };
    if (file.size > Number(words.limitMb) * 1024 * 1024) { says.textContent = filled(words.tooLarge, facts); return; }
    says.textContent = filled(words.looking, facts);
    try {
      await htmx.ajax("POST", input.form.action, { source: input.form, target: place, swap: "innerHTML" });
      says.textContent = place.querySelector(".notice, .wrong") ? file.name : "";
      const wrong = place.querySelector("#notebook-wrong");
      input.toggleAttribute("aria-invalid", Boolean(wrong));
      if (wrong) input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", wrong ? "notebook-wrong" : "notebook-help");
    } catch (error) {
      says.textContent = filled(words.lost, facts);
    }
  }
  // The browser's own button speaks the browser's language; ours speaks the page's.
  input.classList.add("sr");
  zone.querySelector("[data-chooser]").hidden = false;
  input.addEventListener("change", look);
  zone.addEventListener("htmx:sendError", () => { says.textContent = filled(words.lost, { name: input.files[0].name }); });
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; look(); }
    else shownHow(event.dataTransfer.getData("text"));
  });
}

/* A link to Colab, pasted or dropped anywhere but into a field, opens the pictures of how to get the file. */
function shownHow(text) {
  const help = document.querySelector("[data-colab]");
  if (!help || !/(colab\.research|drive)\.google\.com/.test(text)) return;
  help.open = true;
  help.querySelector("#notebook-link").value = text.trim();
  help.scrollIntoView({ block: "nearest" });
  help.querySelector("summary").focus();
}

/* What is typed is kept a moment after the last letter. The file is not sent along: it has been kept when it was chosen. */
function keepTyping(form) {
  let waiting = 0;
  form.addEventListener("input", (event) => {
    if (!event.target.name || !event.target.name.startsWith("answer-")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const typed = new FormData(form);
      typed.delete("notebook");
      fetch(form.action, { method: "POST", body: typed, headers: { "HX-Request": "true" }, keepalive: true }).catch(() => {});
    }, QUIET_MS);
  });
  form.addEventListener("submit", () => clearTimeout(waiting));
}

document.querySelectorAll("[data-drop]").forEach(dropZone);
document.querySelectorAll("form[data-keep]").forEach(keepTyping);
document.addEventListener("paste", (event) => {
  if (!event.target.closest("input, textarea")) shownHow(event.clipboardData.getData("text"));
});

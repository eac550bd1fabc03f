/* The form that hands work in. It works without this file too. */
"use strict";

/* The drop zone: shows the chosen file's name, size and cells before anything is uploaded. */
function dropZone(zone) {
  const input = zone.querySelector("input[type=file]");
  const says = zone.querySelector("[data-says]");
  const words = zone.dataset;
  const limit = Number(words.limitMb) * 1024 * 1024;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

  async function look() {
    const file = input.files[0];
    if (!file) { says.textContent = ""; return; }
    const size = (file.size / 1024 / 1024).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
    const facts = { name: file.name, size: size, limit: words.limitMb };
    if (file.size > limit) { says.textContent = fill(words.tooLarge, facts); return; }
    try {
      const notebook = JSON.parse(await file.text());
      const cells = notebook.cells || notebook.worksheets.flatMap((sheet) => sheet.cells);
      facts.cells = cells.filter((cell) => cell.cell_type === "code").length;
      says.textContent = fill(words.chosen, facts);
    } catch (error) {
      says.textContent = fill(words.notNotebook, facts);
    }
  }
  input.addEventListener("change", look);
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; look(); }
  });
}

document.querySelectorAll("[data-drop]").forEach(dropZone);

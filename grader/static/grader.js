/* What makes the pages better with JavaScript; each works without it. No inline handlers, no eval: the CSP allows neither. */
"use strict";

/* A form is sent once: the button says so and goes quiet. Coming back by the browser's Back wakes it again. */
function sendOnce(form) {
  const button = form.querySelector("[data-busy]");
  if (!button) return;
  const words = button.textContent;
  form.addEventListener("submit", () => {
    button.disabled = true;
    button.textContent = button.dataset.busy;
  });
  window.addEventListener("pageshow", () => {
    button.disabled = false;
    button.textContent = words;
  });
}

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

/* The live page: htmx replaces the fragment every 2 s; only a change of stage is read aloud. */
function announceStages(status) {
  document.body.addEventListener("htmx:afterSwap", () => {
    const live = document.querySelector("[data-stage-says]");
    if (live && status.textContent !== live.dataset.stageSays) status.textContent = live.dataset.stageSays;
  });
}

/* The gradebook: one tab stop, arrows walk the cells, so that a keyboard does not pass through every link. */
function walkGrid(table) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("a")]);
  rows.flat().forEach((link) => { link.tabIndex = -1; });
  let current = rows.flat()[0];
  if (current) current.tabIndex = 0;
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  function go(link) {
    if (!link) return;
    current.tabIndex = -1;
    current = link;
    current.tabIndex = 0;
    current.focus();
  }
  const cellOf = (link) => link.closest("td, th");
  function next(from, [down, right]) {
    let row = cellOf(from).parentElement.rowIndex - 1;
    let column = cellOf(from).cellIndex;
    for (;;) {
      row += down;
      column += right;
      const cells = table.tBodies[0].rows[row] && table.tBodies[0].rows[row].cells;
      if (!cells || !cells[column]) return null;
      const link = cells[column].querySelector("a");
      if (link) return link;
    }
  }
  table.addEventListener("keydown", (event) => {
    if (!event.target.matches("tbody a") || event.ctrlKey || event.metaKey || event.altKey) return;
    const line = rows[cellOf(event.target).parentElement.rowIndex - 1];
    if (steps[event.code]) go(next(event.target, steps[event.code]));
    else if (event.code === "Home") go(line[0]);
    else if (event.code === "End") go(line[line.length - 1]);
    else return;
    event.preventDefault();
  });
  table.addEventListener("focusin", (event) => {
    if (event.target.matches("tbody a") && event.target !== current) go(event.target);
  });
}

document.querySelectorAll("form").forEach(sendOnce);
document.querySelectorAll("[data-drop]").forEach(dropZone);
document.querySelectorAll("[data-stage-status]").forEach(announceStages);
document.querySelectorAll("table[data-walk]").forEach(walkGrid);
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

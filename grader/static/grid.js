/* The gradebook: one tab stop, arrows walk the cells, so that a keyboard does not pass through every link. */
"use strict";

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

document.querySelectorAll("table[data-walk]").forEach(walkGrid);

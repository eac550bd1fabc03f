/* The gradebook as a grid: one tab stop, arrows walk the cells (heads too), Enter opens a grade in the panel beside the table, Esc
   goes back to its cell. Without this file every cell is a link to a page of its own, and every head sorts. Keys are looked at by
   KeyboardEvent.code, so that a Russian layout does not matter. */
"use strict";

function gridOf(table) {
  const panel = document.getElementById("panel");
  const PAGE = 10;
  const own = (cell) => cell.querySelector("a, input:not([hidden])");
  const rows = () => [...table.tHead.rows, ...table.tBodies[0].rows];
  let current = null; // the link or box that Tab reaches
  let opened = null; // the link whose grade the panel shows

  table.setAttribute("role", "grid");
  table.closest("[tabindex]").removeAttribute("tabindex"); // the cells scroll it now
  table.querySelectorAll("a, input").forEach((one) => { one.tabIndex = -1; });
  stop(table.tBodies[0].querySelector("td a") || table.querySelector("a"));

  function stop(one) {
    if (!one) return;
    if (current) current.tabIndex = -1;
    current = one;
    current.tabIndex = 0;
  }

  function go(one) {
    if (!one) return;
    stop(one);
    one.focus({ preventScroll: true });
    show(one.closest("td, th"));
  }

  /* What is sticky covers the edges, so the browser's own scrolling is not enough. */
  function show(cell) {
    const box = table.parentElement;
    const outer = box.getBoundingClientRect();
    const inner = cell.getBoundingClientRect();
    const head = table.tHead.getBoundingClientRect().height;
    const foot = table.tFoot ? table.tFoot.getBoundingClientRect().height : 0;
    const side = cell.cellIndex ? cell.parentElement.cells[0].getBoundingClientRect().width : 0;
    const inBody = cell.closest("tbody");
    if (inBody && inner.top < outer.top + head) box.scrollTop -= outer.top + head - inner.top;
    if (inBody && inner.bottom > outer.top + box.clientHeight - foot) box.scrollTop += inner.bottom - (outer.top + box.clientHeight - foot);
    if (cell.cellIndex && inner.left < outer.left + side) box.scrollLeft -= outer.left + side - inner.left;
    if (cell.cellIndex && inner.right > outer.left + box.clientWidth) box.scrollLeft += inner.right - (outer.left + box.clientWidth);
    cell.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  }

  const at = (one) => {
    const cell = one.closest("td, th");
    return [rows().indexOf(cell.parentElement), cell.cellIndex];
  };

  /* The next cell in this direction that holds something; the last column has none but in its head. */
  function step(down, right) {
    const all = rows();
    let [row, column] = at(current);
    for (;;) {
      row += down;
      column += right;
      const cell = all[row] && all[row].cells[column];
      if (!cell) return null;
      if (own(cell)) return own(cell);
    }
  }

  function jump(row, end) {
    const all = rows();
    const cells = [...all[Math.max(0, Math.min(row, all.length - 1))].cells].filter(own);
    return own(end ? cells[cells.length - 1] : cells[0]);
  }

  function leap(by) {
    const [row, column] = at(current);
    const all = rows();
    const cell = all[Math.max(1, Math.min(row + by, all.length - 1))].cells[column];
    return cell && own(cell);
  }

  const KEYS = {
    ArrowUp: () => step(-1, 0),
    ArrowDown: () => step(1, 0),
    ArrowLeft: () => step(0, -1),
    ArrowRight: () => step(0, 1),
    Home: (event) => jump(event.ctrlKey ? 0 : at(current)[0], false),
    End: (event) => jump(event.ctrlKey ? Infinity : at(current)[0], true),
    PageUp: () => leap(-PAGE),
    PageDown: () => leap(PAGE),
  };

  table.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || event.shiftKey) return;
    if (event.ctrlKey && event.code !== "Home" && event.code !== "End") return;
    if (event.code === "Escape" && panel.matches(":popover-open")) { close(); event.preventDefault(); return; }
    const find = KEYS[event.code];
    if (!find) return;
    event.preventDefault();
    go(find(event));
  });
  table.addEventListener("focusin", (event) => {
    if (event.target.matches("a, input")) stop(event.target);
  });

  /* ------------------------------------------------------------ the panel */

  table.addEventListener("click", (event) => {
    const link = event.target.closest("td a");
    if (!link || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });

  function open(link) {
    mark(null);
    opened = link;
    window.htmx.ajax("GET", link.href, { target: panel, swap: "innerHTML" });
  }

  function mark(link) {
    table.querySelectorAll("[aria-current]").forEach((one) => one.removeAttribute("aria-current"));
    if (link) link.setAttribute("aria-current", "true");
  }

  function close() {
    panel.hidePopover();
    mark(null);
    if (opened) go(opened);
  }

  /* The panel brings its cell as it is now, so that the table beside it stays true. */
  function settle() {
    const made = panel.querySelector("template[data-cell]");
    const cell = made && made.content.querySelector("[data-letter]");
    if (cell && opened) {
      opened.replaceChildren(...cell.childNodes);
      opened.closest("td").className = cell.dataset.letter;
    }
  }

  /* Once it is settled and not before: until then a form in it is a plain one, and who is quick would leave the page. */
  panel.addEventListener("htmx:afterSettle", () => {
    if (!panel.matches(":popover-open")) panel.showPopover();
    mark(opened);
    settle();
    const closer = panel.querySelector("[data-panel-close]");
    if (closer) { closer.hidden = false; closer.addEventListener("click", close); }
    const head = panel.querySelector("[role=alert], [data-panel-head]");
    if (head) { head.tabIndex = -1; head.focus(); }
  });
  function failed() {
    const says = document.createElement("p");
    says.setAttribute("role", "alert");
    says.className = "notice is-bad";
    says.textContent = panel.dataset.failed;
    panel.querySelectorAll(":scope > .notice").forEach((one) => one.remove());
    panel.prepend(says);
    if (!panel.matches(":popover-open")) panel.showPopover();
  }
  document.body.addEventListener("htmx:sendError", failed);
  document.body.addEventListener("htmx:responseError", failed);
  panel.addEventListener("keydown", (event) => {
    if (event.code !== "Escape") return;
    event.stopPropagation();
    close();
  });
}

document.querySelectorAll("table[data-grid]").forEach(gridOf);

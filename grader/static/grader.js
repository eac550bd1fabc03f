/* What makes every page better with JavaScript; each works without it. No inline handlers, no eval: the CSP allows neither. */
"use strict";

/* A form is sent once: the button says so and goes quiet. Coming back by the browser's Back wakes it again. */
function sendOnce(form) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) { event.preventDefault(); return; }
    const button = event.submitter && event.submitter.dataset.busy ? event.submitter : form.querySelector("[data-busy]");
    if (!button) return;
    sent = true;
    const words = button.textContent;
    setTimeout(() => { button.disabled = true; button.textContent = button.dataset.busy; });  // after its own value is taken
    window.addEventListener("pageshow", () => {
      sent = false;
      button.disabled = false;
      button.textContent = words;
    }, { once: true });
  });
}

/* A menu is a <details>: it closes by Esc, by a click beside it, and when the focus leaves it. */
function menuCloses(menu) {
  const close = (event) => { if (!menu.contains(event.target)) menu.open = false; };
  document.addEventListener("click", close);
  menu.addEventListener("focusout", (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

/* One tick at the head ticks them all; a bar for the ticked rows says how many there are. */
function tickAll(all) {
  const boxes = () => [...all.form.elements].filter((box) => box.name === all.dataset.ticks && box.type === "checkbox");
  const bar = all.form.querySelector("[data-ticked-bar]");
  function say() {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
    if (!bar) return;
    bar.toggleAttribute("data-some", ticked > 0);
    const count = bar.querySelector("[data-ticked]");
    if (count) count.textContent = ticked;
  }
  all.hidden = false;
  all.addEventListener("change", () => { boxes().forEach((box) => { box.checked = all.checked; }); say(); });
  all.form.addEventListener("change", say);
  say();
}

function wake(root) {
  root.querySelectorAll("form").forEach(sendOnce);
  root.querySelectorAll("details.menu").forEach(menuCloses);
  root.querySelectorAll("input[data-ticks]").forEach(tickAll);
}

document.body.addEventListener("htmx:load", (event) => { if (event.target !== document.body) wake(event.target); });
wake(document);
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

/* The live page: a stream of server-sent events, or asking every two seconds where there is none. What comes is the live part as
   the server drew it; it is put in place part by part, so that the log keeps its scroll and whatever is open stays open. */
"use strict";

function live(place) {
  const words = place.dataset;
  const status = document.querySelector("[data-live-status]");
  const lost = document.querySelector("[data-live-lost]");
  const log = place.querySelector("[role=log]");
  const box = place.querySelector("[data-log]");
  const follow = place.querySelector("[data-log-follow]");
  let polling = null;

  function put(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    fresh.querySelectorAll("[data-part]").forEach((part) => {
      const old = place.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!old || old.innerHTML === part.innerHTML) return;
      const open = [...old.querySelectorAll("details[open][data-keep]")].map((one) => one.dataset.keep);
      old.replaceChildren(...part.childNodes);
      old.querySelectorAll("details[data-keep]").forEach((one) => { one.open = open.includes(one.dataset.keep); });
    });
    box.hidden = !log.textContent;
    if (follow.checked) log.scrollTop = log.scrollHeight;
    const stage = place.querySelector("[aria-current=step]");
    if (stage && status.textContent !== stage.textContent) status.textContent = stage.textContent;
    tick();
  }

  /* Elapsed times run between two looks of the server. */
  function tick() {
    place.querySelectorAll("[data-elapsed]").forEach((from) => {
      from.began = from.began || Date.now() - 1000 * Number(from.dataset.elapsed);
      const shown = from.parentElement.querySelector("[data-since]");
      if (shown) shown.textContent = span((Date.now() - from.began) / 1000);
    });
  }
  function span(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    const facts = { s: whole % 60, min: Math.floor(whole / 60) % 60, h: Math.floor(whole / 3600) };
    const form = whole < 60 ? words.seconds : whole < 3600 ? words.minutes : words.hours;
    return form.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  }

  async function ask() {
    try {
      const answer = await fetch(words.poll, { headers: { "X-Requested-With": "fetch" } });
      if (answer.headers.get("HX-Redirect")) { location.assign(answer.headers.get("HX-Redirect")); return; }
      if (answer.redirected) { location.reload(); return; } /* logged out */
      if (answer.ok) { put(await answer.text()); say(""); return; }
      say(words.lost);
    } catch (error) { say(words.lost); }
  }
  function poll() { if (!polling) { polling = setInterval(ask, 2000); } }
  function rest() { clearInterval(polling); polling = null; }
  function say(text) { lost.textContent = text; lost.hidden = !text; }

  function listen() {
    const source = new EventSource(words.stream);
    source.addEventListener("open", () => { rest(); say(""); });
    source.addEventListener("live", (event) => put(event.data));
    source.addEventListener("over", (event) => { source.close(); location.assign(event.data); });
    source.addEventListener("error", () => {
      poll(); /* until it is open again */
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 30000);
    });
    window.addEventListener("pagehide", () => source.close());
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  place.querySelector("[data-log-switches]").hidden = false;
  place.querySelector("[data-log-wrap]").addEventListener("change", (event) => log.classList.toggle("nowrap", !event.target.checked));
  place.querySelector("[data-log-aloud]").addEventListener("change", (event) => log.setAttribute("aria-live", event.target.checked ? "polite" : "off"));
  follow.addEventListener("change", () => { if (follow.checked) log.scrollTop = log.scrollHeight; });
  log.addEventListener("wheel", () => { follow.checked = log.scrollHeight - log.scrollTop - log.clientHeight < 40; }, { passive: true });
  log.scrollTop = log.scrollHeight;
  tick();
  setInterval(tick, 1000);
  if (window.EventSource) listen(); else poll();
}

document.querySelectorAll("[data-live]").forEach(live);

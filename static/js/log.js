// Live log: scrolls to new lines while the end is visible, otherwise shows the number of new lines; can be paused.
// A log folded by step does not scroll. logfilter.js searches in it.
"use strict";

(() => {
  const NEAR = 48;
  const QUIET = 1_000;
  const MAX_LINES = 3_000;
  const states = new WeakMap();

  const boxOf = log => log.querySelector("[data-log-box]");
  const atEnd = box => box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR;
  const toEnd = box => { box.scrollTop = box.scrollHeight; };

  function watch(log) {
    if (states.has(log)) return;
    const box = boxOf(log);
    const folded = box.querySelector(".log-group") !== null;
    const state = { following: !folded, held: false, unseen: 0, height: box.scrollHeight };
    states.set(log, state);
    const jump = log.querySelector("[data-log-jump]");
    const hold = log.querySelector("[data-log-hold]");
    let asked = null; // the link to earlier lines, while a line before those shown is sought

    const show = () => {
      jump.hidden = state.unseen === 0;
      jump.textContent = state.unseen === 1 ? "1 new line ↓" : `${state.unseen} new lines ↓`;
      hold.hidden = log.querySelector("[data-log-tail]") === null;
    };

    if (!folded) box.addEventListener("scroll", () => {
      state.following = atEnd(box);
      if (state.following) state.unseen = 0;
      show();
    }, { passive: true });

    jump.addEventListener("click", () => {
      toEnd(box);
      box.focus({ preventScroll: true });
    });

    hold.addEventListener("click", () => {
      state.held = !state.held;
      hold.setAttribute("aria-pressed", String(state.held));
      hold.textContent = state.held ? "Resume" : "Pause";
      log.classList.toggle("log-held", state.held);
    });

    // Removes the oldest lines. The link to earlier lines would skip them, so a link that reloads the page replaces it.
    function shorten(lines) {
      while (lines.childElementCount > MAX_LINES) lines.firstElementChild.remove();
      const again = document.createElement("a");
      again.href = location.pathname + location.search;
      again.textContent = "Reload to see earlier lines";
      const earlier = log.querySelector(".log-earlier");
      earlier.hidden = false;
      earlier.replaceChildren(again);
    }

    function grown(lines, changes) {
      let appended = 0;
      let prepended = false;
      for (const { addedNodes, nextSibling } of changes) {
        for (const node of addedNodes) {
          if (!(node instanceof HTMLLIElement) || node.matches(".log-day")) continue;
          keywheel.dateRules(node);
          if (nextSibling instanceof HTMLLIElement) prepended = true;
          else appended++;
        }
      }
      if (appended || prepended) keywheel.logGrown?.(log);
      if (folded) return;
      if (prepended && !appended) box.scrollTop += box.scrollHeight - state.height;
      else if (appended && state.following) toEnd(box);
      else state.unseen += appended;
      if (appended && state.following && !asked && lines.childElementCount > MAX_LINES) shorten(lines);
      state.height = box.scrollHeight;
      show();
    }

    box.querySelectorAll(".log-lines").forEach(lines => {
      new MutationObserver(changes => grown(lines, changes)).observe(lines, { childList: true });
    });
    // After the last earlier lines there is no link that could keep the focus.
    new MutationObserver(() => {
      if (document.activeElement === document.body && !log.querySelector(".log-earlier a")) box.focus({ preventScroll: true });
    }).observe(box, { childList: true });
    new MutationObserver(show).observe(log.querySelector(".log-foot"), { childList: true });

    const goTo = line => {
      for (let part = line.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
      line.scrollIntoView({ block: folded ? "nearest" : "center" });
      state.following = !folded && atEnd(box);
    };

    // Requests an earlier line of this log with the lines in between, unless there are too many.
    function seek() {
      asked = null;
      const line = document.getElementById(location.hash.slice(1));
      if (line) {
        location.replace(location.hash); // it was no target when the page was loaded
        goTo(line);
        return;
      }
      const link = log.querySelector(".log-earlier a[hx-get]");
      const [, first] = /^\/log\/streams\/.*before=(\d+)/.exec(link?.getAttribute("hx-get")) ?? [];
      const between = first - location.hash.slice(2);
      if (!(between > 0 && between <= MAX_LINES)) return;
      asked = link;
      htmx.trigger(link, "click", {}, false);
    }
    document.addEventListener("htmx:after:swap", () => { if (asked && !asked.isConnected) seek(); });
    document.addEventListener("htmx:finally:request", event => { if (asked === event.target) asked = null; }); // failed

    const line = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    if (line && box.contains(line)) goTo(line);
    else if (!folded) toEnd(box);
    if (!line && /^#l\d+$/.test(location.hash)) setTimeout(seek); // after htmx has begun
    show();
  }

  const held = tail =>
    tail instanceof Element && tail.matches("[data-log-tail]") && states.get(tail.closest("[data-log]"))?.held;
  document.addEventListener("htmx:config:request", event => { if (held(event.target)) event.preventDefault(); });

  // Lines that were requested before the pause are requested again after it.
  document.addEventListener("htmx:before:swap", event => {
    if (held(event.detail.ctx.sourceElement)) event.preventDefault();
  });

  // A screen reader would read hundreds of earlier lines aloud, so only their number is announced.
  let quiet = 0;
  document.addEventListener("htmx:before:swap", event => {
    const { ctx, tasks } = event.detail;
    const link = ctx.sourceElement;
    if (!(link instanceof Element && link.matches(".log-earlier a"))) return;
    const log = link.closest("[data-log]");
    const added = tasks.reduce((sum, { fragment }) => sum + fragment.querySelectorAll(".log-line").length, 0);
    const told = log.querySelector("[data-log-added]");
    told.textContent = ""; // the same number again would be no change
    boxOf(log).setAttribute("aria-live", "off");
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      boxOf(log).removeAttribute("aria-live");
      told.textContent = `${added.toLocaleString("en")} earlier line${added === 1 ? "" : "s"} added`;
    }, QUIET);
  });

  const watchAll = () => document.querySelectorAll("[data-log]").forEach(watch);
  document.addEventListener("htmx:after:swap", watchAll);
  watchAll();
})();

// Polled fragments: <… hx-get hx-trigger="every 1s" hx-sync="this:drop" data-poll>. Polling pauses while the page is hidden,
// while the user interacts with the fragment (data-poll="unless-busy") and after the session has ended; it backs off on failures.
"use strict";

(() => {
  const LOST_AFTER = 3;
  const LONGEST_REST = 30_000;
  const failures = new WeakMap();
  const restUntil = new WeakMap();

  const isPoll = element => element instanceof Element && element.hasAttribute("data-poll");

  function inUse(element) {
    if (element.dataset.poll !== "unless-busy") return false;
    const active = document.activeElement;
    return element.querySelector("input[type=checkbox]:checked, details.menu[open]") !== null
      || (element.contains(active) && active.matches("input:not([type=checkbox]), select:not([data-submit]), textarea"));
  }

  // States whether polling works; empty without JavaScript, where nothing is polled.
  const heard = new WeakMap();
  const opened = Date.now();

  function ago(since) {
    const seconds = Math.floor((Date.now() - since) / 1_000);
    return seconds < 5 ? "just now" : seconds < 60 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`;
  }

  function sign() {
    document.querySelectorAll("[data-poll-sign]").forEach(place => {
      const poll = place.closest("[data-poll]");
      if (!poll) return;
      const [state, words] = keywheel.signedOut ? ["lost", "Signed out"]
        : (failures.get(poll) ?? 0) >= LOST_AFTER ? ["lost", "No connection"]
        : inUse(poll) ? ["held", "Paused while you select"]
        : ["live", "Live"];
      place.dataset.state = state;
      const text = `${words}, updated ${ago(heard.get(poll) ?? opened)}`;
      if (place.textContent !== text) place.textContent = text;
      place.hidden = false;
    });
  }

  sign();
  setInterval(() => { if (!document.hidden) sign(); }, 1_000);
  document.addEventListener("htmx:after:swap", sign);
  document.addEventListener("change", sign);

  document.addEventListener("htmx:config:request", event => {
    const element = event.target;
    if (!isPoll(element)) return;
    const resting = (restUntil.get(element) ?? 0) > Date.now();
    if (document.hidden || keywheel.signedOut || resting || inUse(element)) event.preventDefault();
  });

  // Shows the server's message; without a response, a connection problem.
  function failed(element, said) {
    const count = (failures.get(element) ?? 0) + 1;
    failures.set(element, count);
    const rest = Math.min(1_000 * 2 ** (count - 1), LONGEST_REST);
    restUntil.set(element, Date.now() + rest);
    if (count >= LOST_AFTER) {
      keywheel.showProblem(`${said ?? "No connection to Keywheel."} What you see may be out of date. Trying again in ${Math.round(rest / 1_000)} s.`);
    }
  }

  document.addEventListener("htmx:after:request", event => {
    const { ctx } = event.detail;
    if (!isPoll(event.target) || ctx.response.status >= 400) return;
    heard.set(event.target, Date.now());
    if ((failures.get(event.target) ?? 0) >= LOST_AFTER) keywheel.clearProblem();
    failures.delete(event.target);
    restUntil.delete(event.target);
  });

  document.addEventListener("htmx:error", event => {
    if (isPoll(event.target)) failed(event.target);
    else keywheel.showProblem("Keywheel did not answer. Nothing may have been done; try again.");
  });

  document.addEventListener("htmx:response:error", event => {
    const { ctx } = event.detail;
    const status = ctx.response.status;
    const plain = (ctx.response.headers.get("Content-Type") ?? "").startsWith("text/plain") && ctx.text;
    if (status === 401) {
      keywheel.signInAgain(() => repeat(event.target, ctx));
    } else if (isPoll(event.target)) {
      if (status >= 500 || status === 429) failed(event.target, plain ? ctx.text : null);
    } else if (!event.target.closest(`[hx-status\\:${status}]`)) {
      keywheel.showProblem(plain ? ctx.text : "Not done.", ctx.response.headers.get("X-Request-Id"));
    }
  });

  function repeat(element, ctx) {
    if (isPoll(element) || !element.isConnected) return;
    if (element instanceof HTMLFormElement) element.requestSubmit(ctx.request.submitter ?? undefined);
    else element.click();
  }
})();

// Polled fragments: <… hx-get hx-trigger="every 1s" hx-sync="this:drop" data-poll>. Polling pauses while the page is hidden,
// while the user interacts with the fragment (data-poll="unless-busy") and after the session has ended; it backs off on failures.
// After two missed polls the indicators turn amber and a banner counts down to the next try, whatever the reason for the failures.
// A fragment that was removed, or that the user may no longer see, is not polled again; the banner says why.
"use strict";

(() => {
  const MISSED = 2;
  const GRACE = 4_000; // for a slow response
  const LONGEST_REST = 30_000;
  const loaded = Date.now();
  const ENDED = [403, 404, 410];
  const failures = new WeakMap();
  const ended = new WeakMap(); // fragment: the server's reason why it is not polled again
  const restUntil = new WeakMap();
  const heard = new WeakMap(); // time of the last response
  const due = new WeakMap(); // time of the last response, or of the last moment at which none was expected

  // Times on a clock of the page that advances with each request.
  let clock = 0;
  const sent = new WeakMap(); // request: when it was sent
  const shown = new WeakMap(); // fragment: when the request was sent whose answer it shows
  const listed = new WeakMap(); // fragment: when the search, order or page was requested that it shows
  const missed = new WeakMap(); // fragment: when an answer to it was dropped that no later poll has made up for

  const isPoll = element => element instanceof Element && element.hasAttribute("data-poll");
  const polls = () => [...document.querySelectorAll("[data-poll][hx-get]")];

  // Ticked boxes suspend polling, except a poll that makes up for a dropped answer: a poll does not clear them.
  function inUse(element) {
    if (element.dataset.poll !== "unless-busy") return false;
    const active = document.activeElement;
    const marked = getSelection();
    return (!missed.has(element) && element.querySelector("input[type=checkbox]:checked") !== null)
      || element.querySelector("details.menu[open]") !== null
      || (!marked.isCollapsed && marked.containsNode(element, true))
      || (element.contains(active) && active.matches("input:not([type=checkbox]), select:not([data-submit]), textarea"));
  }

  function interval(poll) {
    const [, number, unit] = /every (\d+)(m?s)/.exec(poll.getAttribute("hx-trigger") ?? "") ?? [];
    return Number(number ?? 5) * (unit === "ms" ? 1 : 1_000);
  }

  const failing = poll => (failures.get(poll) ?? 0) >= MISSED;

  // Whether the last two polls failed or had no response in time.
  function late(poll) {
    return ended.has(poll) || failing(poll) || Date.now() - due.get(poll) > MISSED * interval(poll) + GRACE;
  }

  function ago(since) {
    const seconds = Math.floor((Date.now() - since) / 1_000);
    return seconds < 5 ? "just now" : seconds < 60 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`;
  }

  function write(place, text) {
    if (place.textContent !== text) place.textContent = text;
  }

  // States whether polling works; empty without JavaScript, where nothing is polled.
  function sign() {
    polls().forEach(poll => { if (!due.has(poll) || inUse(poll)) due.set(poll, Date.now()); });
    const behind = keywheel.signedOut || polls().some(late);
    document.documentElement.dataset.live = behind ? "late" : "live";
    const stopped = polls().some(poll => ended.has(poll));
    document.querySelectorAll(".log-live > .scripted").forEach(place => write(place, stopped ? "Stopped" : behind ? "Not updating" : "Live"));
    document.querySelectorAll("[data-poll-sign]").forEach(place => {
      const poll = place.closest("[data-poll]");
      if (!due.has(poll)) return;
      const [state, words] = keywheel.signedOut ? ["lost", "Signed out"]
        : ended.has(poll) ? ["lost", "Stopped"]
        : inUse(poll) ? ["held", "Paused"]
        : late(poll) ? ["late", "Not updating"]
        : ["live", "Live"];
      place.dataset.state = state;
      place.title = state === "held" ? "Updates wait while you select, type or use a menu." : "";
      write(place, `${words}, ${state === "held" ? "last update" : "updated"} ${ago(heard.get(poll) ?? loaded)}`);
      place.hidden = false;
    });
    count();
  }

  // The banner. Its countdown is not announced.
  let banner = null;
  let reason = null;

  function count() {
    const over = polls().map(poll => ended.get(poll)).find(Boolean);
    if (over && !keywheel.signedOut) {
      if (banner?.dataset.sentence === over) return;
      banner = keywheel.showProblem(`${over} This page is no longer updated.`);
      banner.dataset.sentence = over;
      return;
    }
    const lost = polls().filter(failing);
    if (lost.length === 0 || keywheel.signedOut) {
      if (banner?.isConnected) keywheel.clearProblem(); // not another problem
      else document.querySelectorAll("#problem [data-countdown]").forEach(part => part.remove());
      banner = null;
      reason = null;
      return;
    }
    const sentence = `${reason ?? "No connection to Keywheel."} What you see may be out of date.`;
    if (banner?.dataset.sentence !== sentence) {
      banner = keywheel.showProblem(sentence);
      banner.dataset.sentence = sentence;
    }
    const shown = document.querySelector("#problem > .banner"); // maybe of a later problem; none if the user has closed it
    if (!shown) return;
    if (!shown.querySelector("[data-countdown]")) shown.querySelector("button").before(countdown(), retry());
    const next = Math.max(...lost.map(poll => restUntil.get(poll) ?? 0)) - Date.now();
    write(shown.querySelector("[data-countdown]"), next > 0 ? `Trying again in ${Math.ceil(next / 1_000)} s.` : "Trying again …");
  }

  function countdown() {
    const text = document.createElement("span");
    text.dataset.countdown = "";
    text.setAttribute("aria-hidden", "true");
    return text;
  }

  function retry() {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "button small", textContent: "Retry now" });
    button.dataset.countdown = ""; // leaves the banner with the countdown
    button.addEventListener("click", retryNow);
    return button;
  }

  function retryNow() {
    polls().forEach(poll => {
      restUntil.delete(poll);
      htmx.trigger(poll, "every", {}, false);
    });
    sign();
  }

  // When the user returns to the page or the network is back: resets the counter and polls immediately.
  function resume() {
    if (document.hidden) return;
    polls().forEach(poll => due.set(poll, Date.now()));
    retryNow();
  }

  document.addEventListener("visibilitychange", resume);
  window.addEventListener("online", retryNow);

  sign();
  setInterval(() => { if (!document.hidden) sign(); }, 1_000);
  document.addEventListener("htmx:after:swap", sign);
  document.addEventListener("change", sign);

  document.addEventListener("htmx:config:request", event => {
    const poll = event.target;
    if (!isPoll(poll)) return;
    const resting = (restUntil.get(poll) ?? 0) > Date.now();
    if (document.hidden || keywheel.signedOut || ended.has(poll) || resting || inUse(poll)) event.preventDefault();
    else if (missed.has(poll)) delete event.detail.ctx.request.headers["HX-PTag"]; // the answer with this version may have been dropped
  });

  // Of two answers to a fragment, the one whose request was sent later is shown; a new poll replaces the other. A search,
  // an order or a page is always shown, because it is the last one (hx-sync); requests sent before it were for another list.
  // So is the start of a test, because only its answer polls for the result, unless a list was requested after it.
  document.addEventListener("htmx:before:request", event => sent.set(event.detail.ctx, ++clock));

  document.addEventListener("htmx:before:swap", event => {
    const { ctx, tasks } = event.detail;
    const list = ctx.request.method === "GET" && !isPoll(ctx.sourceElement);
    const start = ctx.request.method !== "GET" && ctx.response.headers.has("HX-Replace-Url");
    tasks.filter(({ target }) => isPoll(target)).forEach(task => {
      const { target } = task;
      const chosen = list || (start && sent.get(ctx) > (listed.get(target) ?? 0));
      if (list) listed.set(target, sent.get(ctx));
      if (!chosen && sent.get(ctx) < (shown.get(target) ?? 0)) {
        tasks.splice(tasks.indexOf(task), 1);
        missed.set(target, ++clock);
        htmx.trigger(target, "every", {}, false);
        return;
      }
      shown.set(target, chosen ? ++clock : sent.get(ctx));
      if (isPoll(ctx.sourceElement) && sent.get(ctx) > missed.get(target)) missed.delete(target);
    });
  });

  // After a test or a change has ended in a fragment that does not poll because of ticks, one poll shows the result and keeps the ticks.
  const outer = poll => poll.parentElement?.closest("[data-poll=unless-busy]");
  let inner = [];
  function showEnded(event) {
    const ended = inner.filter(poll => poll.isConnected && !isPoll(poll)).map(outer);
    new Set(ended.filter(poll => poll && poll !== event.detail.ctx?.sourceElement)).forEach(poll => {
      missed.set(poll, ++clock);
      htmx.trigger(poll, "every", {}, false);
    });
    inner = polls().filter(outer);
  }

  inner = polls().filter(outer);
  document.addEventListener("htmx:after:swap", showEnded);

  // Keeps the server's message; without a response it is a connection problem.
  function failed(element, said) {
    const times = (failures.get(element) ?? 0) + 1;
    failures.set(element, times);
    const rest = Math.min(1_000 * 2 ** (times - 1), LONGEST_REST);
    restUntil.set(element, Date.now() + rest);
    setTimeout(() => { if (element.isConnected) htmx.trigger(element, "every", {}, false); }, rest + 1);
    reason = said;
    sign();
  }

  function end(element, said) {
    ended.set(element, said);
    sign();
  }

  // Events of a removed element are fired on the document.
  const source = event => event.detail.ctx?.sourceElement ?? event.target;

  document.addEventListener("htmx:after:request", event => {
    const poll = source(event);
    if (event.detail.ctx.response.status >= 400) return;
    if (!isPoll(poll)) {
      if (!keywheel.signedOut && !banner?.isConnected) keywheel.clearProblem();
      return;
    }
    heard.set(poll, Date.now());
    due.set(poll, Date.now());
    failures.delete(poll);
    restUntil.delete(poll);
    sign();
  });

  document.addEventListener("htmx:error", event => {
    if (isPoll(source(event))) failed(source(event), null);
    else keywheel.showProblem("Keywheel did not answer. Check whether anything was changed, then try again.");
  });

  document.addEventListener("htmx:response:error", event => {
    const { ctx } = event.detail;
    const element = ctx.sourceElement;
    const status = ctx.response.status;
    const plain = (ctx.response.headers.get("Content-Type") ?? "").startsWith("text/plain") && ctx.text;
    if (status === 401) {
      keywheel.signInAgain(() => repeat(element, ctx));
    } else if (isPoll(element)) {
      const ours = ctx.response.headers.has("X-Request-Id"); // a proxy may answer 404 while Keywheel starts
      if (ENDED.includes(status) && ours && plain) end(element, plain);
      else failed(element, plain || `The last update failed with status ${status}.`);
    } else if (!element.closest(`[hx-status\\:${status}]`)) {
      keywheel.showProblem(plain ? ctx.text : "The request failed.", ctx.response.headers.get("X-Request-Id"));
    }
  });

  // Notices that appear or disappear while a page is open do not move its content: their area keeps its height, and notices that
  // do not fit into it are shown over the end of the page.
  const notices = () => document.getElementById("notices");
  const words = () => notices()?.textContent.replace(/[\d,.]+/g, "");
  const atFirst = words();
  let closed = null;
  let height = 0;

  function keepPlace() {
    const place = notices();
    if (!place || words() === atFirst) return;
    place.classList.remove("is-over");
    place.classList.toggle("is-kept", height > 0);
    place.style.blockSize = height > 0 ? `${height}px` : "";
    const inner = place.firstElementChild;
    const fits = height > 0 && inner.offsetHeight <= height + 1;
    place.classList.toggle("is-closed", words() === closed);
    place.classList.toggle("is-over", !fits && place.querySelector(".notice") !== null);
    document.documentElement.style.setProperty("--notices", `${inner.offsetHeight}px`);
  }

  document.addEventListener("htmx:before:swap", () => { height = notices()?.getBoundingClientRect().height ?? 0; });
  document.addEventListener("htmx:after:swap", keepPlace);
  document.addEventListener("click", event => {
    if (!event.target.closest("[data-close-notices]")) return;
    closed = words();
    notices().classList.add("is-closed");
  });
  let width = innerWidth;
  window.addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    const place = notices();
    if (place?.classList.contains("is-kept")) {
      place.classList.remove("is-kept", "is-over");
      place.style.blockSize = "";
    }
  });

  function repeat(element, ctx) {
    if (isPoll(element) || !element.isConnected) return;
    if (element instanceof HTMLFormElement) element.requestSubmit(ctx.request.submitter ?? undefined);
    else element.click();
  }
})();

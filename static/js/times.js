// Keeps <time data-relative> current by the server's clock, countdowns each second; the title shows the browser's time zone.
"use strict";

(() => {
  const served = Date.parse(document.documentElement.dataset.now ?? "");
  const SECOND = 1_000;
  const skew = Number.isNaN(served) ? 0 : Date.now() - served;

  function words(seconds) {
    const past = seconds >= 0;
    const size = Math.abs(seconds);
    if (past && size < 5) return "just now";
    if (size < 1) return "now";
    if (size >= 31 * 86_400) return null;
    const whole = past ? Math.floor : Math.round; // seven days less a second are seven days
    const [minutes, hours, days] = [60, 3_600, 86_400].map(unit => whole(size / unit));
    const text = size < 60 ? `${Math.floor(size)} s`
      : minutes < 60 ? `${minutes} min`
      : hours < 24 ? `${hours} h`
      : `${days} ${days === 1 ? "day" : "days"}`;
    return past ? `${text} ago` : `in ${text}`;
  }

  function update(countdowns) {
    const now = Date.now() - skew;
    document.querySelectorAll("time[data-relative]").forEach(element => {
      const at = Date.parse(element.dateTime);
      if (countdowns === true && at < now - SECOND) return;
      const text = words((now - at) / 1_000);
      if (text && element.textContent !== text) element.textContent = text;
      if (!element.dataset.local) {
        element.dataset.local = "1";
        element.title = new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
      }
    });
  }

  let ticks = 0;
  update();
  setInterval(() => { if (!document.hidden) update(++ticks % 5 !== 0); }, SECOND);
  document.addEventListener("htmx:after:swap", update);

  const toasts = document.getElementById("toasts");
  const STAY = 8_000;
  if (toasts) {
    new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => {
      if (!(node instanceof Element) || node.querySelector("button, a")) return;
      setTimeout(() => node.remove(), STAY);
    }))).observe(toasts, { childList: true });
  }
})();

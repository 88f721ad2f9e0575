// Keeps <time data-relative> current by the server's clock, countdowns each second; shows its title, the absolute time, on focus or click.
"use strict";

(() => {
  const served = Date.parse(document.documentElement.dataset.now ?? "");
  const SECOND = 1_000;
  const ROW_LINK = "th a, .line-main a";
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

  // Whether focusing a link of the row shows its times.
  const linked = row => row?.querySelector(ROW_LINK) != null;

  function update(countdowns) {
    const now = Date.now() - skew;
    document.querySelectorAll("time[data-relative]").forEach(element => {
      const at = Date.parse(element.dateTime);
      if (countdowns === true && at < now - SECOND) return;
      const text = "due" in element.dataset && at <= now ? "due" : words((now - at) / 1_000);
      if (text && element.textContent !== text) element.textContent = text;
      if (!element.closest("a, button, summary") && !linked(element.closest("tr, li"))) element.tabIndex = 0;
    });
  }

  let ticks = 0;
  update();
  setInterval(() => { if (!document.hidden) update(++ticks % 5 !== 0); }, SECOND);
  document.addEventListener("htmx:after:swap", update);

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const cookie = `browser-zone=${zone}`;
  if (zone && !document.cookie.split("; ").includes(cookie)) {
    document.cookie = `${cookie}; path=/; SameSite=Lax; max-age=31536000`;
  }

  // Shows the absolute times next to an element until it loses the focus or Escape is pressed.
  const tip = document.createElement("div");
  tip.className = "time-tip";
  tip.setAttribute("role", "tooltip");
  tip.popover = "manual";
  (document.querySelector("main") ?? document.body).append(tip);

  let shown = [];
  function show(times) {
    shown = times;
    tip.textContent = times.map(time => time.title).join("\n");
    tip.showPopover();
    place();
  }

  function place() {
    if (shown.length === 0) return;
    const at = shown[0].getBoundingClientRect();
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(at.left, document.documentElement.clientWidth - width - 4))}px`;
    tip.style.top = `${at.bottom + height + 4 > window.innerHeight ? at.top - height - 4 : at.bottom + 4}px`;
  }

  function hide() {
    shown = [];
    tip.hidePopover();
  }

  // The focused time, the time within the focused link, or the times of the row whose link has the focus.
  function timesOf(element) {
    if (!element.matches?.("a, summary, button, time")) return [];
    const own = element.matches("time") ? [element] : [...element.querySelectorAll("time[data-relative]")];
    const row = own.length === 0 && element.matches(ROW_LINK) ? element.closest("tr, li") : null;
    return row ? [...row.querySelectorAll("time[data-relative]")].filter(time => time.checkVisibility()) : own;
  }

  document.addEventListener("focusin", event => {
    const times = event.target.matches?.(":focus-visible") ? timesOf(event.target) : [];
    if (times.length > 0) show(times);
    else hide();
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", event => { if (event.key === "Escape") hide(); });
  document.addEventListener("click", event => {
    const time = event.target.closest?.("time[data-relative]");
    if (time && !time.closest("a, button, summary")) show([time]);
    else hide();
  });
  document.addEventListener("scroll", place, { passive: true, capture: true });
  document.addEventListener("htmx:after:swap", () => {
    if (shown.length === 0) return;
    if (shown.every(time => time.isConnected)) show(shown);
    else hide();
  });

  // Adds a rule with the date before the first log line of a day or of a UTC offset; see log/day.jte.
  const dayFormat = new Intl.DateTimeFormat("en-GB", {
    timeZone: document.documentElement.dataset.zone || "UTC", weekday: "long", day: "numeric", month: "short", year: "numeric",
    timeZoneName: "shortOffset",
  });

  function day(line) {
    const at = line.querySelector("time")?.dateTime;
    if (!at) return null;
    const part = Object.fromEntries(dayFormat.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
    const zone = document.documentElement.dataset.zone || "UTC";
    const offset = zone === "UTC" ? "" : ` (${part.timeZoneName.replace(/^GMT(\+0$)?/, "UTC")})`;
    return `${part.weekday} ${part.day} ${part.month.slice(0, 3)} ${part.year}, ${zone}${offset}`;
  }

  const isRule = node => node?.matches(".log-day") === true;

  // Adds or removes the rules around an added line.
  keywheel.dateRules = line => {
    const next = line.nextElementSibling;
    if (isRule(next) && next.textContent === day(line)) next.remove();
    const before = line.previousElementSibling;
    if (isRule(before) || (before && day(before) === day(line))) return;
    if (!before && line.closest(".log-group")) return; // the first group has the rule
    const rule = document.createElement("li");
    rule.className = "log-day";
    rule.textContent = day(line);
    line.before(rule);
  };
})();

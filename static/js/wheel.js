// When the next key changes, turns the wheel from that key's previous position to the pointer.
"use strict";

(() => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const stood = new Map();

  function remember() {
    stood.clear();
    document.querySelectorAll("[data-wheel-turn] [data-key]").forEach(mark => stood.set(mark.dataset.key, Number(mark.dataset.degrees)));
  }

  function turn() {
    const wheel = document.querySelector(".wheel[data-next]");
    const from = wheel && stood.get(wheel.dataset.next);
    if (from && !still.matches) {
      wheel.querySelector("[data-wheel-turn]").animate(
        [{ transform: `rotate(${from}deg)` }, { transform: "rotate(0deg)" }],
        { duration: 700, easing: "cubic-bezier(.3, 0, .2, 1)" });
    }
    remember();
  }

  remember();
  document.addEventListener("htmx:after:swap", turn);
})();

// The page of a run: its state in the title of the tab.
"use strict";

(() => {
  const now = () => document.querySelector("[data-tab-title]")?.dataset.tabTitle;
  let shown = now();

  document.addEventListener("htmx:after:swap", () => {
    const title = now();
    if (!title || title === shown) return;
    document.title = title + document.title.slice(shown.length);
    shown = title;
  });
})();

// The search palette, opened by Ctrl K or the button in the bar. The server returns the results; the focus stays in the field,
// and the arrow keys move through the results.
"use strict";

(() => {
  let dialog = null;
  let shown = null;
  let goToFirst = false;

  const field = () => document.getElementById("palette-q");
  const options = () => [...dialog.querySelectorAll("[role=option]")];
  const chosen = () => dialog.querySelector("[role=option][aria-selected=true]");
  const upToDate = () => shown?.dataset.text === field().value.trim();

  function open() {
    const shape = document.getElementById("palette-shape");
    if (!shape || document.querySelector("dialog[open]")) return;
    dialog?.remove(); // just closed, its close event is pending
    const opened = document.importNode(shape.content.firstElementChild, true);
    dialog = opened;
    shown = null;
    goToFirst = false;
    opened.addEventListener("input", () => { goToFirst = false; }); // Enter applied to the previous text
    opened.addEventListener("close", () => {
      opened.remove(); // the browser has restored the focus
      if (dialog === opened) dialog = null;
    });
    dialog.addEventListener("click", pressed);
    dialog.addEventListener("keydown", key);
    document.body.append(dialog);
    dialog.showModal();
    htmx.process(dialog);
  }

  function pressed(event) {
    const away = event.target === dialog; // outside the content
    if (away || event.target.closest("[data-palette-close], [role=option]")) dialog.close();
  }

  function key(event) {
    if (event.isComposing || event.target !== field()) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") follow(event.repeat);
    else return;
    event.preventDefault();
  }

  function move(by) {
    const all = options();
    if (all.length > 0) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  }

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    field().setAttribute("aria-activedescendant", option.id);
    document.getElementById("palette-enter").textContent = option.matches("a") ? "open" : "do this";
    option.scrollIntoView({ block: "nearest" });
  }

  // Enter before the results arrive opens the first result if it is a link. An action needs an
  // Enter after it is shown, because it may belong to a different key than the user intends. Holding
  // Enter down counts once.
  function follow(held) {
    if (held) return;
    if (upToDate()) chosen()?.click();
    else goToFirst = true;
  }

  document.addEventListener("htmx:after:swap", () => {
    const now = dialog && document.getElementById("palette-found");
    if (!now || now === shown || !("text" in now.dataset)) return;
    shown = now;
    dialog.querySelector("[data-problem]").textContent = "";
    const all = options();
    all.forEach((option, i) => { option.id = `palette-${i}`; });
    field().setAttribute("aria-expanded", String(all.length > 0));
    field().toggleAttribute("aria-controls", all.length > 0);
    if (all.length > 0) {
      field().setAttribute("aria-controls", "palette-list");
      choose(all[0]);
    } else {
      field().removeAttribute("aria-activedescendant");
      document.getElementById("palette-enter").textContent = "open";
    }
    document.getElementById("palette-count").textContent = all.length === 0 ? "Nothing found" : `${all.length} found`;
    if (goToFirst && upToDate()) {
      goToFirst = false;
      if (chosen()?.matches("a")) chosen().click();
    }
  });

  document.addEventListener("keydown", event => {
    if (event.key?.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog?.open) dialog.close();
    else open();
  });

  document.addEventListener("click", event => {
    if (!event.target.closest?.("[data-palette]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });

  // A key pasted into the search would become part of a URL; its last four characters also find it.
  const SECRET = /\b(?:sk-|gsk_|AIza|xai-|hf_|pplx-|r8_|ghp_|github_pat_)[^\s"',;]{12,}/i;
  document.addEventListener("input", event => {
    if (!event.target.matches?.("input[type=search], [data-no-secret]")) return;
    const [secret] = SECRET.exec(event.target.value) ?? [];
    if (secret) event.target.value = secret.slice(-4);
  }, true);
})();

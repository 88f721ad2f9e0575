// Single-key shortcuts. Inactive during text input and while a dialog is open. Users can turn them off, since speech input also
// sends letters; a cookie stores only this choice.
"use strict";

(() => {
  const OFF = "shortcuts=off";
  const JUMP_WITHIN = 1_500; // milliseconds between g and the second key
  const KEYS = [
    ["/", "Search"],
    ["j", "Next row"],
    ["k", "Previous row"],
    ["x", "Select or deselect row"],
    ["Enter", "Open row"],
    [".", "More actions for the row"],
    ["z", "Undo the last action"],
    ["Esc", "Clear search, then leave it"],
    ["?", "This help"],
  ];
  const pages = () => [...document.querySelectorAll("[data-jump]")].map(link => [`g ${link.dataset.jump}`, `Go to ${link.textContent.trim()}`]);

  const off = () => document.cookie.split("; ").includes(OFF);
  const switchTo = on => { document.cookie = `${OFF}; path=/; SameSite=Lax; max-age=${on ? 0 : 31_536_000}`; };
  const search = () => document.querySelector("main input[type=search]");
  const rows = () => [...document.querySelectorAll("#bulk tbody tr")];
  const typing = element => Boolean(element.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog"));

  // The focused row, otherwise the last focused one: it may have been selected by mouse since then.
  let last = null;
  function current() {
    const row = document.activeElement?.closest?.("#bulk tbody tr");
    return row ?? (last && document.getElementById(last));
  }

  function move(by) {
    const all = rows();
    if (all.length === 0) return false;
    const at = all.indexOf(current());
    const row = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))];
    last = row.id;
    (row.querySelector("a[href]") ?? row.querySelector("input"))?.focus();
    row.scrollIntoView({ block: "nearest" });
    return true;
  }

  function select() {
    const box = current()?.querySelector("input[name=id]");
    box?.click();
    return Boolean(box);
  }

  function menu() {
    const details = current()?.querySelector("details.row-menu");
    if (!details) return false;
    if (!details.open) details.querySelector("summary").click();
    details.querySelector(".menu-list :is(a, button):not([hidden])")?.focus();
    return true;
  }

  function undo() {
    const button = document.querySelector("form[data-undo] button");
    button?.click();
    return Boolean(button);
  }

  function toSearch() {
    search()?.focus();
    search()?.select();
    return Boolean(search());
  }

  let jumpUntil = 0;
  function jump(letter) {
    const link = document.querySelector(`[data-jump="${CSS.escape(letter)}"]`);
    link?.click();
    return Boolean(link);
  }

  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && event.target === search()) {
      event.preventDefault();
      if (!search().value) {
        search().blur();
        return;
      }
      search().value = "";
      search().dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    if (typing(event.target) || off() || document.querySelector("dialog[open]")) return;
    const jumping = event.timeStamp < jumpUntil;
    jumpUntil = event.key === "g" && !jumping ? event.timeStamp + JUMP_WITHIN : 0;
    const done = jumping ? jump(event.key)
      : event.key === "/" ? toSearch()
      : event.key === "j" ? move(1)
      : event.key === "k" ? move(-1)
      : event.key === "x" ? select()
      : event.key === "." ? menu()
      : event.key === "z" ? undo()
      : event.key === "?" ? help()
      : false;
    if (done) event.preventDefault();
  });

  function help() {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "shortcuts-title");
    const title = document.createElement("h2");
    title.id = "shortcuts-title";
    title.textContent = "Keyboard shortcuts";
    const list = document.createElement("dl");
    list.className = "facts";
    [...KEYS, ...pages(), ["Ctrl K", "Find anything"]].forEach(([key, what]) => {
      const term = document.createElement("dt");
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap);
      const words = document.createElement("dd");
      words.textContent = what;
      list.append(term, words);
    });
    const label = document.createElement("label");
    label.className = "bulk-all";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !off();
    box.addEventListener("change", () => switchTo(box.checked));
    label.append(box, "Single-key shortcuts");
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => dialog.close());
    const foot = document.createElement("div");
    foot.className = "buttons card-foot";
    foot.append(close);
    dialog.addEventListener("close", () => dialog.remove()); // the browser restores the focus
    dialog.append(title, list, label, foot);
    document.body.append(dialog);
    dialog.showModal();
    return true;
  }

  // Menus: one is open at a time; Escape, a click outside or the focus elsewhere closes it.
  const MENU = "details.menu";
  keywheel.closeMenus = except => document.querySelectorAll(`${MENU}[open]`).forEach(menu => { if (menu !== except) menu.open = false; });
  document.addEventListener("click", event => keywheel.closeMenus(event.target.closest?.(MENU)));
  // A press on a part of a menu that cannot take the focus moves the focus to an element around the menu. In Safari, links and
  // buttons cannot take it either.
  document.addEventListener("focusin", event => {
    if (!event.target.querySelector?.(`${MENU}[open]`)) keywheel.closeMenus(event.target.closest?.(MENU));
  });
  document.addEventListener("keydown", event => {
    const open = `${MENU}[open]`;
    const menu = event.target.closest?.(open) ?? event.target.querySelector?.(open);
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // The help button, visible only with JavaScript.
  document.addEventListener("click", event => {
    if (event.target.closest?.("[data-shortcuts]")) help();
  });
})();

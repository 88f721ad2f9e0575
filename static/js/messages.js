// Messages: how long they stay (that of the last action until the next message), and the focus of those with an undo button.
"use strict";

(() => {
  const toasts = document.getElementById("toasts");
  const STAY = 8_000;
  if (toasts) {
    new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => {
      if (!(node instanceof Element)) return;
      document.querySelector("main > .flash[role=status]:not(:focus-within, :has(button))")?.remove();
      if (node.querySelector("button, a")) return;
      setTimeout(() => node.remove(), STAY);
    }))).observe(toasts, { childList: true });
  }

  // Messages with an undo button, and those over the list, stay for ten seconds, and while they are in use.
  const armed = new WeakSet();
  function arm() {
    document.querySelectorAll("form[data-undo], main:has(> #keys-live) > .flash").forEach(message => {
      if (armed.has(message)) return;
      armed.add(message);
      const notice = message.closest(".notice, .toast");
      const hide = () => {
        if (notice.contains(document.activeElement) || notice.matches(":hover")) setTimeout(hide, 2_000);
        else notice.remove();
      };
      setTimeout(hide, 10_000);
    });
  }
  arm();

  // A message with an undo button takes the focus; when the button is pressed, the focus returns to where the action began.
  let opener = "";
  if (toasts) {
    new MutationObserver(() => {
      const message = toasts.querySelector(".toast:has([data-undo])");
      if (!message || armed.has(message.querySelector("form"))) return;
      const from = document.activeElement?.closest("#bulk [id]");
      opener = from ? `#${from.id}${from.matches("details") ? " > summary" : ""}` : "";
      arm();
      message.focus({ preventScroll: true });
    }).observe(toasts, { childList: true });
  }

  // Returns false if the opener has left the page.
  keywheel.returnFocus = () => {
    const back = opener && document.querySelector(opener);
    if (back) back.focus({ preventScroll: true });
    return Boolean(back);
  };
})();

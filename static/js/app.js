// Shared code of all page scripts. No framework: each script enhances pages that work without it.
"use strict";

const keywheel = (() => {
  const problem = () => document.getElementById("problem");

  // Shows an error above the page until the next success or until it is closed, and in an open dialog, which covers the page.
  // Text only, never markup.
  function showProblem(sentence, requestId) {
    const place = problem();
    if (!place) return null;
    const banner = document.createElement("div");
    banner.className = "banner";
    const text = document.createElement("p");
    text.textContent = sentence;
    if (requestId) {
      const id = document.createElement("code");
      id.textContent = requestId;
      text.append(" Request ", id, ".");
    }
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button small";
    close.textContent = "Close";
    close.addEventListener("click", clearProblem);
    banner.append(text, close);
    place.replaceChildren(banner);
    tellInDialog(sentence);
    return banner;
  }

  function tellInDialog(sentence) {
    const place = document.querySelector("dialog[open] [data-problem]");
    if (place) place.textContent = sentence;
  }

  function clearProblem() {
    problem()?.replaceChildren();
    tellInDialog("");
  }

  function toast(sentence, tone = "info") {
    const place = document.getElementById("toasts");
    if (!place) return;
    const box = document.createElement("div");
    box.className = "toast tone-" + tone;
    box.dataset.toast = "";
    const text = document.createElement("p");
    text.textContent = sentence;
    box.append(text);
    place.append(box);
  }

  // Replaces the CSRF token everywhere on the page after a new sign-in.
  function useToken(token) {
    document.querySelectorAll('input[name="csrf"]').forEach(field => { field.value = token; });
    const headers = document.body.getAttribute("hx-headers:inherited");
    if (headers) {
      document.body.setAttribute("hx-headers:inherited", JSON.stringify({ ...JSON.parse(headers), "X-CSRF-Token": token }));
    }
  }

  // When an update removes the focused control, as at the end of the work that it would stop, focuses what surrounds it.
  let focused = []; // the control and its ancestors
  document.addEventListener("focusin", event => { focused = event.composedPath().filter(node => node instanceof Element); });
  document.addEventListener("htmx:after:swap", () => {
    if (!focused.length || focused[0].isConnected || document.activeElement !== document.body) return;
    const place = focused.find(element => element.isConnected && element.matches("#keys-live,section,main"));
    focused = [];
    if (!place || place.id === "keys-live") return; // keys.js focuses the list of keys
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
  });

  return { showProblem, clearProblem, toast, useToken };
})();

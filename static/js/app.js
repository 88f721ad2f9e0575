// What is shared by the scripts of all pages. No framework: each file waits for events and adds to pages that work without it.
"use strict";

const keywheel = (() => {
  const problem = () => document.getElementById("problem");

  // A sentence above the page that stays until the next success or until it is closed. Text only, never markup.
  function showProblem(sentence, requestId) {
    const place = problem();
    if (!place) return;
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
  }

  function clearProblem() {
    problem()?.replaceChildren();
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

  // The token of the session, everywhere on the page: after signing in again it is a new one.
  function useToken(token) {
    document.querySelectorAll('input[name="csrf"]').forEach(field => { field.value = token; });
    const headers = document.body.getAttribute("hx-headers:inherited");
    if (headers) {
      document.body.setAttribute("hx-headers:inherited", JSON.stringify({ ...JSON.parse(headers), "X-CSRF-Token": token }));
    }
  }

  return { showProblem, clearProblem, toast, useToken };
})();

// After the session has ended: opens the sign-in in a dialog over the page, so input on the page is kept.
"use strict";

(() => {
  let waiting = [];
  let dialog = null;

  // Opens the sign-in, then runs the callback. Concurrent calls share one dialog.
  keywheel.signInAgain = then => {
    waiting.push(then);
    keywheel.signedOut = true;
    if (!dialog) open();
  };

  async function open() {
    dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "sign-in-again");
    const title = document.createElement("h2");
    title.id = "sign-in-again";
    title.textContent = "Sign in";
    const problem = document.createElement("p"); // shows errors of keywheel.showProblem
    problem.className = "field-error";
    problem.setAttribute("role", "alert");
    problem.dataset.problem = "";
    dialog.append(title, problem);
    document.body.append(dialog);
    dialog.addEventListener("close", close);
    try {
      const { "X-Workspace": workspace } = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
      const answer = await fetch("/login/again", { headers: { "X-Dialog": "1", "X-Workspace": workspace ?? "" } });
      show(await answer.text());
      dialog.showModal();
      dialog.querySelector("[name=email]").value = document.body.dataset.viewer ?? "";
      dialog.querySelector(document.body.dataset.viewer ? "[name=password]" : "[name=email]").focus();
    } catch {
      dialog.remove();
      dialog = null;
      waiting = [];
      keywheel.showProblem("Your session has ended and Keywheel does not answer. Keep this page open and try again.");
    }
  }

  function show(html) {
    const forms = document.adoptNode(new DOMParser().parseFromString(html, "text/html").querySelector("[data-sign-in]"));
    dialog.querySelector("[data-sign-in]")?.remove();
    dialog.append(forms);
    keywheel.offerPasskeys(forms);
    forms.addEventListener("submit", event => {
      event.preventDefault();
      event.stopPropagation();
      send(event.target);
    });
  }

  async function send(form) {
    keywheel.clearProblem();
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-Dialog": "1" } });
      if (answer.status !== 204 && dialog) show(await answer.text());
    } catch { // no connection, or an error page without a form
      keywheel.showProblem("Keywheel could not sign you in. Try again.");
      return;
    }
    if (answer.status !== 204) {
      dialog?.querySelector("[name=password], [name=code]").focus();
      return;
    }
    const who = answer.headers.get("X-Viewer");
    if (document.body.dataset.viewer && who && who.toLowerCase() !== document.body.dataset.viewer) {
      keywheel.leaving = true; // no question about the input of the other user
      location.reload();
      return;
    }
    keywheel.signedOut = false;
    keywheel.clearProblem(); // the offer to sign in, if the dialog was closed meanwhile
    keywheel.useToken(answer.headers.get("X-CSRF-Token"));
    const then = waiting;
    waiting = [];
    dialog?.close();
    then.forEach(next => next());
  }

  function close() {
    dialog.remove();
    dialog = null;
    waiting = [];
    if (keywheel.signedOut) offer();
  }

  // After the dialog was closed without signing in.
  function offer() {
    const banner = keywheel.showProblem("You are signed out. What you wrote stays here until you leave the page.");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = "Sign in";
    button.addEventListener("click", () => {
      keywheel.clearProblem();
      keywheel.signInAgain(() => {});
    });
    banner.querySelector("button").before(button);
  }
})();

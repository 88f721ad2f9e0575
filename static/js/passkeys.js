// Passkeys: a form with data-passkey first asks the browser for one, then is sent with the answer.
"use strict";

(() => {
  const supported = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
  const here = host => location.hostname === host || location.hostname.endsWith("." + host);

  // Shows such forms only if passkeys work in this browser and at this address.
  keywheel.offerPasskeys = root => {
    for (const form of root.querySelectorAll("form[data-passkey]")) {
      form.hidden = !supported || !here(form.dataset.passkeyHost);
      if (!form.hidden) form.elements.passkey.value = "";
    }
    for (const note of root.querySelectorAll("[data-without-passkeys]")) {
      note.hidden = supported && here(note.dataset.withoutPasskeys);
    }
  };
  document.addEventListener("DOMContentLoaded", () => keywheel.offerPasskeys(document));
  window.addEventListener("pageshow", () => keywheel.offerPasskeys(document));

  // Registered on the window, to run before forms.js, which treats a second submission as a double click.
  window.addEventListener("submit", event => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset.passkey || form.elements.passkey.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.prompting) return;
    form.dataset.prompting = "1";
    event.submitter?.setAttribute("aria-busy", "true");
    answer(form).then(answered => {
      delete form.dataset.prompting;
      event.submitter?.removeAttribute("aria-busy");
      if (answered) form.requestSubmit();
    });
  }, true);

  // Whether the form has got its answer.
  async function answer(form) {
    const error = form.querySelector("[data-passkey-error]");
    error.textContent = "";
    const headers = { "HX-Request": "true", "X-CSRF-Token": form.elements.csrf.value };
    try {
      const request = await fetch(form.dataset.passkey, { method: "POST", headers });
      const text = await request.text();
      if (!request.ok) {
        error.textContent = text;
        return false;
      }
      const credential = await ask(JSON.parse(text).publicKey);
      form.elements.passkey.value = JSON.stringify(credential.toJSON());
      return true;
    } catch (problem) {
      error.textContent = problem.name === "InvalidStateError"
        ? "This device already has a passkey for your account."
        : "No passkey was used. Try again, or choose another way.";
      return false;
    }
  }

  // Only options for a new passkey contain a user.
  const ask = options => options.user
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
})();

// Plain forms: prevents double submission, asks for confirmation (data-confirm), and keeps the input if the session has ended.
"use strict";

(() => {
  const STALE_AFTER = 5 * 60_000;
  const FRESH_FOR = 3_000;
  const PATIENCE = 15_000;
  const ANSWERED_WITHIN = 30_000;
  let knownGood = Date.now();
  const deadlines = new WeakMap(); // timers by sent form

  const busy = (element, on) => {
    if (!element) return;
    if (on) element.setAttribute("aria-busy", "true");
    else element.removeAttribute("aria-busy");
  };

  document.addEventListener("submit", event => {
    const form = event.target;
    if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(question, event.submitter, () => again(form, event.submitter, "confirmed"));
      return;
    }
    if (form.method !== "post" || form.matches("[hx-post], [data-hx-post]") || form.closest("dialog")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (mustCheck(form) && document.body.dataset.viewer && !form.dataset.checked) {
      event.preventDefault();
      check(event.submitter, () => again(form, event.submitter, "confirmed", "checked"));
      return;
    }
    form.dataset.sent = "1";
    busy(event.submitter, true);
    clearTimeout(deadlines.get(form));
    deadlines.set(form, setTimeout(() => release(form, event.submitter), ANSWERED_WITHIN));
  }, true);

  // Lets a form whose answer opens no page be sent again.
  function release(form, submitter) {
    clearTimeout(deadlines.get(form));
    delete form.dataset.sent;
    busy(submitter, false);
  }

  function releaseAll() {
    document.querySelectorAll("form[data-sent]").forEach(form => release(form, null));
    document.querySelectorAll("[aria-busy=true]").forEach(element => busy(element, false));
  }

  function again(form, submitter, ...marks) {
    const removed = submitter && !submitter.isConnected; // a result of the palette, which has closed
    if (removed) form.append(submitter);
    marks.forEach(mark => { form.dataset[mark] = "1"; });
    form.requestSubmit(submitter ?? undefined);
    marks.forEach(mark => { delete form.dataset[mark]; });
    if (removed) submitter.remove();
  }

  function mustCheck(form) {
    if (form.matches("[data-unsaved]")) return true;
    return Date.now() - knownGood > (hasInput(form) ? FRESH_FOR : STALE_AFTER);
  }

  const hasInput = form => [...form.elements].some(field => !field.matches("button, fieldset, output, [type=hidden], [type=submit]"));

  // Before a form with input, or one of a stale page, is sent: opens the sign-in if the session has ended, and keeps the page
  // while Keywheel or its database does not answer. Not every browser restores the input of a page to which Back leads. A form
  // that is sent right after its page was loaded is not checked, so that a script that drives a browser waits for the new page.
  let checking = false;
  async function check(submitter, then) {
    if (checking) return;
    checking = true;
    busy(submitter, true);
    let signedIn;
    try {
      const answer = await fetch("/session", { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE) });
      if (answer.status >= 500) {
        const plain = (answer.headers.get("Content-Type") ?? "").startsWith("text/plain") && await answer.text();
        keywheel.showProblem(`${plain || "Keywheel does not answer."} What you wrote stays here.`, answer.headers.get("X-Request-Id"));
        return;
      }
      knownGood = Date.now();
      signedIn = answer.status !== 401;
    } catch {
      keywheel.showProblem("Keywheel does not answer. What you wrote stays here; try again.");
      return;
    } finally {
      checking = false;
      busy(submitter, false);
    }
    if (signedIn) then();
    else keywheel.signInAgain(then);
  }

  function ask(question, submitter, then) {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-label", "Please confirm");
    const text = document.createElement("p");
    text.textContent = question;
    const buttons = document.createElement("div");
    buttons.className = "buttons card-foot";
    const yes = button(submitter?.textContent.trim() || "Yes", "button primary");
    const no = button("Cancel", "button");
    yes.addEventListener("click", () => { dialog.close(); then(); });
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); submitter?.focus(); });
    buttons.append(yes, no);
    dialog.append(text, buttons);
    document.body.append(dialog);
    dialog.showModal();
  }

  function button(label, css) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = css;
    made.textContent = label;
    return made;
  }

  function unfold(field) {
    for (let part = field.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  }

  // After a refused form: the first field with an error takes the focus, otherwise the field to fill in again, such as the password
  // of a sign-in, otherwise the message that says why.
  function toProblem() {
    const message = document.querySelector("main .notice[role=alert]:not(.flash)");
    const wrong = document.querySelector("main [aria-invalid=true]") ?? (message && document.querySelector("main input[autofocus]")) ?? message;
    if (!wrong) return;
    document.querySelectorAll("main [aria-invalid=true]").forEach(unfold);
    if (wrong.matches(".notice")) wrong.tabIndex = -1;
    wrong.focus();
  }

  toProblem();
  document.addEventListener("htmx:finally:request", event => {
    if (event.detail.ctx.response?.status === 422) toProblem();
  });

  // A browser shows the message of one wrong field at a time, and none in a closed part: here each field has its message beside it.
  let firstWrong = null;
  document.addEventListener("invalid", event => {
    const place = event.target.closest(".field");
    if (!place) return;
    event.preventDefault();
    unfold(event.target);
    tell(event.target, place);
    if (firstWrong) return;
    firstWrong = event.target;
    setTimeout(() => {
      firstWrong.focus();
      firstWrong = null;
    });
  }, true);

  function tell(field, place) {
    const hints = describing(field).filter(id => !document.getElementById(id)?.matches(".field-error"));
    place.querySelectorAll(".field-error").forEach(old => old.remove());
    const error = document.createElement("p");
    error.className = "field-error";
    error.id = `wrong-${field.id}`;
    error.textContent = field.validationMessage;
    field.after(error);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", [error.id, ...hints].join(" "));
  }

  const describing = field => (field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);

  document.addEventListener("input", event => {
    const error = document.getElementById(`wrong-${event.target.id}`);
    if (!error || !event.target.validity.valid) return;
    error.remove();
    event.target.removeAttribute("aria-invalid");
    const hints = describing(event.target).filter(id => id !== error.id);
    if (hints.length > 0) event.target.setAttribute("aria-describedby", hints.join(" "));
    else event.target.removeAttribute("aria-describedby");
  });

  // data-unsaved: the browser asks before it leaves the page while a text area of the form contains text, or with the value
  // "changed" while a field differs from what the page was opened with.
  const isUnsaved = form => [...form.elements].some(field => form.dataset.unsaved === "changed"
    ? field.matches("textarea, input:not([type=hidden])") && field.value !== field.defaultValue
    : field.matches("textarea") && field.value.trim());
  window.addEventListener("beforeunload", event => {
    const unsaved = [...document.querySelectorAll("form[data-unsaved]:not([data-sent])")].some(isUnsaved);
    if (unsaved && !keywheel.leaving) event.preventDefault();
  });

  // A page that the Back button restores, or whose request the user stops, can be submitted again.
  window.addEventListener("pageshow", releaseAll);
  window.navigation?.addEventListener("navigateerror", releaseAll);

  // Requests of removed elements fire their end event on the document; nothing is busy then.
  const presser = event => event.detail.ctx.request?.submitter ?? (event.target instanceof Element ? event.target : null);
  document.addEventListener("htmx:before:request", event => {
    if (!event.target.hasAttribute?.("data-poll")) busy(presser(event), true);
  });
  document.addEventListener("htmx:finally:request", event => busy(presser(event), false));

  // data-submit: a select or checkbox that submits its form on change.
  document.addEventListener("change", event => {
    if (event.target.matches?.("[data-submit]")) event.target.form?.requestSubmit();
  });

  // A form that needed a confirmation. As the page is still loading, it gets no entry in the history, so Back does not submit it again.
  document.querySelector("form[data-submit-now]")?.requestSubmit();

  // htmx begins to listen in a separate task, possibly after the page has loaded: searches for the text typed before, and filters by
  // what was chosen before this script listened. With autocomplete=off, a browser does not restore an earlier choice.
  setTimeout(() => {
    document.querySelectorAll("main input[type=search]").forEach(box => {
      if (box.value !== box.defaultValue) box.dispatchEvent(new Event("input", { bubbles: true }));
    });
    document.querySelectorAll("form[autocomplete=off] select[data-submit], select[autocomplete=off][data-submit]").forEach(choice => {
      const shown = [...choice.options].find(option => option.defaultSelected) ?? choice.options[0];
      if (!shown.selected) choice.form.requestSubmit();
    });
  });
})();

// The button next to a field that shows the typed secret.
document.querySelectorAll("[data-show-field]").forEach(button => {
  const field = document.getElementById(button.dataset.showField);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
});

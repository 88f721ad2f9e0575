// Copy buttons. data-copy: the id of a field or element whose text is copied; data-copy-url: an address whose text is copied.
"use strict";

(() => {
  const SHOWN_FOR = 2_500;

  // Returns whether the text was copied; shows a problem if the browser refuses.
  keywheel.toClipboard = async text => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      keywheel.showProblem("The browser did not allow copying. Select the text and copy it with the keyboard.");
      return false;
    }
  };

  keywheel.copy = async (text, button) => {
    let value;
    try {
      value = await text;
    } catch {
      keywheel.showProblem("The text could not be loaded, so nothing was copied. Reload the page and try again.");
      return;
    }
    if (!await keywheel.toClipboard(value)) return;
    const label = button.querySelector("[data-copy-label]") ?? button;
    label.dataset.usual ??= label.textContent;
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = label.dataset.usual; }, SHOWN_FOR);
  };

  async function fetched(url) {
    const answer = await fetch(url); // redirected to the sign-in if the session has ended
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return answer.text();
  }

  document.addEventListener("click", event => {
    const button = event.target.closest?.("[data-copy], [data-copy-url]");
    if (!button) return;
    if (button.dataset.copyUrl) {
      keywheel.copy(fetched(button.dataset.copyUrl), button);
      return;
    }
    const source = document.getElementById(button.dataset.copy);
    keywheel.copy(source.value ?? source.innerText, button);
  });

  // A click into a read-only field with text to copy selects all of it.
  document.addEventListener("focusin", event => { if (event.target.matches?.("input[data-select]")) event.target.select(); });
})();

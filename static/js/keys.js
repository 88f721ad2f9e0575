// The list of keys: the selection survives sorting, paging and polling; it is kept in page memory only.
"use strict";

(() => {
  const picked = new Set();
  let lastTicked = null;

  const form = () => document.getElementById("bulk");
  const boxes = () => [...document.querySelectorAll("#bulk input[name=id]")];
  const all = () => document.getElementById("select-all");
  const number = count => count.toLocaleString("en");

  function show() {
    const rows = boxes();
    if (!form()) return;
    const page = document.getElementById("select-page");
    const here = rows.filter(box => box.checked).length;
    if (page) {
      page.hidden = false;
      page.checked = rows.length > 0 && here === rows.length;
      page.indeterminate = here > 0 && here < rows.length;
    }
    const count = document.getElementById("selected-count");
    if (count) {
      const text = all()?.checked ? `${form().dataset.matching} keys selected`
        : picked.size === 0 ? "No keys selected"
        : `${number(picked.size)} ${picked.size === 1 ? "key" : "keys"} selected`;
      if (count.textContent !== text) count.textContent = text;
      count.toggleAttribute("data-some", picked.size > 0 || Boolean(all()?.checked));
    }
    carry(new Set(rows.map(box => box.value)));
  }

  // Submits selected rows of other pages as hidden fields.
  function carry(onThisPage) {
    const elsewhere = document.getElementById("elsewhere");
    if (!elsewhere) return;
    elsewhere.replaceChildren(...[...picked].filter(id => !onThisPage.has(id)).map(id => {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "id";
      field.value = id;
      field.setAttribute("form", "bulk");
      return field;
    }));
  }

  function tick(box, on) {
    box.checked = on;
    if (on) picked.add(box.value);
    else picked.delete(box.value);
  }

  document.addEventListener("click", event => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !box.matches("#bulk input[name=id]")) return;
    const rows = boxes();
    const from = rows.findIndex(row => row.value === lastTicked);
    const to = rows.indexOf(box);
    if (event.shiftKey && from >= 0) {
      rows.slice(Math.min(from, to), Math.max(from, to) + 1).forEach(row => tick(row, box.checked));
    }
    lastTicked = box.value;
  });

  document.addEventListener("change", event => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !box.closest("#bulk")) return;
    if (box.id === "select-page") boxes().forEach(row => tick(row, box.checked));
    else if (box.name === "id") tick(box, box.checked);
    show();
  });

  // A new search clears the selection, so that no action applies to keys out of view; a new order keeps it.
  function wanted() {
    const fields = new FormData(document.getElementById("filter") ?? undefined);
    fields.delete("sort");
    return new URLSearchParams(fields).toString();
  }

  let filter = wanted();
  document.addEventListener("htmx:before:request", event => {
    if (event.target.id !== "filter" || wanted() === filter) return;
    filter = wanted();
    if (picked.size > 0 || all()?.checked) keywheel.toast("Selection cleared because the filter changed.");
    picked.clear();
    if (all()) all().checked = false;
  });

  // While all matching keys are selected, a poll keeps the number and the time of this selection, which the server compares with the keys.
  let selection = null;
  document.addEventListener("htmx:before:swap", event => {
    const poll = event.detail.ctx.sourceElement?.hasAttribute?.("data-poll");
    selection = poll && all()?.checked
      ? { number: all().value, time: form().elements["as-of"].value, text: form().dataset.matching }
      : null;
  });

  document.addEventListener("htmx:after:swap", () => {
    if (selection && all()?.checked) {
      all().value = selection.number;
      form().elements["as-of"].value = selection.time;
      form().dataset.matching = selection.text;
    }
    boxes().forEach(box => { box.checked = picked.has(box.value); });
    show();
  });

  function focusList() {
    const list = document.getElementById("bulk") ?? document.getElementById("keys-live");
    if (!list) return;
    list.tabIndex = -1;
    list.focus({ preventScroll: true });
  }

  // Focuses the list when the focused control has left it.
  let focused = null;
  document.addEventListener("focusin", event => { focused = event.target.closest("#keys-live") ? event.target : null; });
  document.addEventListener("htmx:after:swap", () => {
    if (!focused || (focused.isConnected && focused.checkVisibility())) return;
    focused = null;
    focusList();
  });

  // While a search is in flight, or a new order that replaced it, Next and Previous of the old list do nothing.
  let search = null;
  document.addEventListener("htmx:before:request", event => {
    if (event.target.matches?.(search ? "#filter, thead a" : "#filter")) search = event.detail.ctx;
  });
  document.addEventListener("htmx:finally:request", event => { if (event.detail.ctx === search) search = null; });
  document.addEventListener("htmx:config:request", event => {
    if (search && event.target.matches?.("a[rel=next], a[rel=prev]")) event.preventDefault();
  });

  // A search that has found no key continues automatically, part by part, after each displayed response, until a key matches.
  let shown = true;
  let searched = 0;
  let original = "";
  function continueSearch() {
    const link = document.querySelector("#keys-live a[data-continue-search]");
    const text = document.querySelector("#keys-live .empty-text");
    if (!link || !text || document.hidden) return;
    if (!shown) {
      if (original) text.textContent = original;
      return;
    }
    shown = false;
    original = text.textContent;
    searched += Number(link.dataset.continueSearch);
    text.textContent = `Searched ${searched.toLocaleString("en-US")} keys in this order. Searching further…`;
    link.click();
  }
  document.addEventListener("htmx:before:request", event => {
    if (!event.target.matches?.("a[data-continue-search]")) searched = 0;
  });
  // A refused request also triggers this event, although nothing is swapped.
  document.addEventListener("htmx:after:swap", event => { if (event.detail.ctx.response?.status < 400) shown = true; });
  document.addEventListener("htmx:finally:request", continueSearch);
  document.addEventListener("visibilitychange", continueSearch);
  window.addEventListener("load", () => setTimeout(continueSearch));

  // Scrolls to the top of another page of the list.
  document.addEventListener("htmx:after:swap", event => {
    if (!event.detail.ctx.sourceElement?.matches?.("a[rel=next], a[rel=prev]")) return;
    const list = document.getElementById("bulk");
    if (!list || list.getBoundingClientRect().top >= 0) return;
    focusList();
    list.scrollIntoView();
  });

  window.addEventListener("pageshow", () => {
    boxes().forEach(box => { if (box.checked) picked.add(box.value); });
    show();
  });

  // Focuses the bar of tests after their start in place.
  document.addEventListener("htmx:after:swap", event => {
    const { sourceElement, response } = event.detail.ctx;
    const path = sourceElement?.matches?.("[data-starts-test]") && response?.headers.get("HX-Replace-Url");
    const started = path && new URL(path, location.href).searchParams;
    const batch = started && !started.has("result") && started.get("batch");
    if (batch) document.getElementById(`batch-title-${batch}`)?.focus({ preventScroll: true });
  });

  // Focuses the heading of a batch after its start, unless a message takes the focus, or the user moved it while the page loaded.
  const started = new URLSearchParams(location.search);
  const untouched = document.activeElement === document.body && !document.querySelector("main [autofocus]");
  if (started.has("batch") && !started.has("result") && untouched) {
    document.getElementById(`batch-title-${started.get("batch")}`)?.focus({ preventScroll: true });
  }

  // Actions in place. Deleted keys leave the selection, and return to it when the deletion is undone.
  let deleted = [];
  document.addEventListener("htmx:before:swap", event => {
    document.querySelectorAll("main [autofocus]").forEach(old => old.removeAttribute("autofocus")); // only new elements take the focus
    const { request, response } = event.detail.ctx;
    const action = request?.method?.toUpperCase() === "POST" && response?.status < 300 ? request.action : "";
    if (action.startsWith("/keys/deletions/")) {
      deleted.forEach(id => picked.add(id));
      deleted = [];
    } else if (action === "/keys/deletion" && !response.headers.get("HX-Retarget")) {
      deleted = [...picked];
      picked.clear();
    } else if (/^\/keys\/[^/]+\/deletion$/.test(action)) {
      deleted = [action.split("/")[2]].filter(id => picked.delete(id));
    }
  });
  document.addEventListener("htmx:after:swap", event => {
    const { action } = event.detail.ctx.request ?? {};
    document.querySelectorAll("form[data-undo]").forEach(undo => {
      if (undo.getAttribute("action") !== action) return;
      undo.closest(".notice, .toast").remove();
      if (!keywheel.returnFocus()) focusList(); // the action had emptied the list
    });
    const changed = event.detail.ctx.request?.method === "POST"; // a poll leaves the focus where the user moved it
    if (changed && !document.getElementById("keys-live")) document.querySelector("main [autofocus]")?.focus();
  });

  // At the end of a bulk change, its message no longer points to the progress. The trash shows the progress in another element.
  const inProgress = () => document.querySelector("[id^=keys-edit-]") !== null;
  let changing = inProgress();
  document.addEventListener("htmx:after:swap", () => {
    const ended = changing && !inProgress();
    changing = inProgress();
    if (!ended) return;
    document.querySelectorAll(".toast p, .flash p").forEach(message => {
      const text = message.textContent;
      const progress = "; the list shows the progress";
      if (/^Started to (?!replace)/.test(text) && !message.firstElementChild) message.textContent = text.replace(progress, ", now finished");
    });
  });

  // The entries of a row's menu act in place as well.
  document.addEventListener("click", event => {
    const button = event.target.closest?.("#bulk .row-menu button[formaction]");
    if (!button) return;
    event.preventDefault();
    keywheel.closeMenus();
    button.closest("details").querySelector("summary").focus({ preventScroll: true });
    htmx.ajax("POST", button.getAttribute("formaction"), { source: button, target: "#keys-live", swap: "outerMorph" });
  });

  // Truncated names, reasons and accounts are shown in full under the pointer.
  document.addEventListener("mouseover", event => {
    const text = event.target.closest?.("#bulk .key-line > a, #bulk .key-status > .key-line, #bulk .col-account");
    if (!text) return;
    const cut = text.scrollWidth > text.clientWidth || text.scrollHeight > text.clientHeight + 2; // fonts overhang their line
    text.title = cut ? text.textContent.replace(/\s+/g, " ").trim() : "";
  });

  // Without JavaScript a row's menu leads to the page of its key. An open menu keeps its entries while its row changes.
  function fill(menu) {
    const entries = document.getElementById("row-menu");
    if (!entries) return;
    const row = menu.closest("tr");
    const list = entries.content.firstElementChild.cloneNode(true);
    list.querySelectorAll("[data-disabled]").forEach(entry => { if ((entry.dataset.disabled === "true") !== ("disabled" in menu.dataset)) entry.remove(); });
    list.querySelectorAll("[data-path]").forEach(entry => {
      entry.setAttribute(entry.matches("a") ? "href" : "formaction", `/keys/${row.id.slice("row-".length)}${entry.dataset.path}`);
    });
    const copy = list.querySelector("[data-copy-text]");
    copy.dataset.copyText = row.querySelector(".key-masked").textContent;
    copy.hidden = !navigator.clipboard;
    menu.querySelector(".menu-list").replaceWith(list);
  }
  document.addEventListener("click", event => {
    const menu = event.target.closest?.("details.row-menu > summary")?.parentElement;
    if (menu && !menu.open) fill(menu); // before it opens
  }, true);
  document.addEventListener("toggle", event => {
    if (event.target.matches("details.row-menu[open]:has(a.menu-list)")) fill(event.target);
  }, true);
  document.querySelectorAll("details.row-menu[open]").forEach(fill);

  document.addEventListener("click", async event => {
    const button = event.target.closest?.("[data-copy-text]");
    if (!button) return;
    if (await keywheel.toClipboard(button.dataset.copyText)) keywheel.toast("Copied.");
    keywheel.closeMenus();
  });

  // "All keys" returns to the list in its previous state if the user came from it.
  document.querySelectorAll("a[data-back]").forEach(back => {
    const from = document.referrer ? new URL(document.referrer) : null;
    if (from?.origin === location.origin && from.pathname === back.pathname) back.href = from.pathname + from.search;
  });

  document.querySelectorAll("[data-leave]").forEach(secret => {
    setTimeout(() => location.replace(secret.dataset.leave), Number(secret.dataset.leaveAfter) * 1_000);
  });

  // Pasting or dropping keys on the list opens the import form with them. The keys go directly into the form: never into a
  // URL or the browser's storage.
  const canAdd = () => document.querySelector('main a[href="/keys/new"]') !== null;
  const field = () => document.getElementById("f-keys");
  const hasFiles = event => Boolean(event.dataTransfer?.types.includes("Files"));
  const inField = target => Boolean(target.closest?.("input, textarea, select, [contenteditable], dialog"));

  // Rejects input above the server's limit before submission. Registered on the window, to run before the form is marked as
  // submitted.
  window.addEventListener("submit", event => {
    const form = event.target;
    const largest = Number(form.dataset?.largest);
    if (!largest) return;
    form.querySelectorAll("[data-size]").forEach(takeBack);
    const file = document.getElementById("f-file").files[0];
    const pasted = new Blob([field().value]).size;
    const tooLarge = pasted > largest ? field() : (file?.size ?? 0) > largest ? document.getElementById("f-file") : null;
    if (!tooLarge) return;
    event.preventDefault();
    event.stopPropagation();
    const mb = (Math.ceil(Math.max(pasted, file?.size ?? 0) / 1e5) / 10).toLocaleString("en", { maximumFractionDigits: 1 });
    refuse(tooLarge, `This is ${mb} MB; up to ${largest / 1e6} MB can be imported at once. Nothing was sent and your text is still here. Split it.`);
  }, true);

  function refuse(input, sentence) {
    const place = document.createElement("p");
    place.id = input.id.replace("f-", "e-");
    place.className = "field-error";
    place.dataset.size = "";
    place.textContent = sentence;
    document.getElementById(place.id)?.remove();
    input.after(place);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", `${place.id} ${input.id.replace("f-", "h-")}`);
    input.focus();
  }

  function takeBack(place) {
    const input = place.previousElementSibling;
    place.remove();
    input.removeAttribute("aria-invalid");
    input.setAttribute("aria-describedby", input.id.replace("f-", "h-"));
  }

  async function openImport(fill) {
    const answer = await fetch("/keys/new", { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.status === 401) {
      keywheel.signInAgain(() => openImport(fill));
      return;
    }
    if (!answer?.ok) {
      location.assign("/keys/new");
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = page.title;
    document.getElementById("main").replaceChildren(...page.getElementById("main").children);
    fill();
    field().focus();
  }

  document.addEventListener("paste", event => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (inField(event.target) || !canAdd() || text.trim() === "") return;
    event.preventDefault();
    openImport(() => { field().value = text; });
  });

  document.addEventListener("dragover", event => {
    if (!hasFiles(event) || !(field() || canAdd())) return;
    event.preventDefault();
    (field() ?? document.getElementById("main")).classList.add("dropping");
  });

  const dropped = () => document.querySelectorAll(".dropping").forEach(element => element.classList.remove("dropping"));
  document.addEventListener("dragleave", event => { if (!event.relatedTarget) dropped(); });

  document.addEventListener("drop", event => {
    dropped();
    if (!hasFiles(event) || !(field() || canAdd())) return;
    event.preventDefault();
    const files = [...event.dataTransfer.files]; // only available during the event
    const take = () => keywheel.takeFiles(files);
    if (field()) take();
    else openImport(take);
  });
})();

// The form for a new article, the list of articles, and the iframes of embedded tools.
"use strict";

// Character count of the topic. Excess text is not cut off; the count shows it.
document.querySelectorAll("textarea[data-count]").forEach(field => {
  const most = Number(field.dataset.count);
  const count = field.parentElement.querySelector(".topic-count");
  const show = () => {
    const length = [...field.value].length; // counts code points
    count.textContent = length > most * 0.7 ? `${length} of ${most} characters` : "";
    count.classList.toggle("over", length > most);
  };
  field.addEventListener("input", show);
  show();
});

// A suggested topic replaces only the typed topic.
document.querySelectorAll(".new-article .topic-chips a").forEach(link => link.addEventListener("click", event => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const topic = document.getElementById("f-topic");
  topic.value = link.textContent;
  topic.dispatchEvent(new Event("input", { bubbles: true }));
  topic.focus();
}));

// Opens the answer of a question that a link targets.
const openTarget = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.matches("details")) target.open = true;
};
window.addEventListener("hashchange", openTarget);
openTarget();

// Marks the notes of the selected pool. CSS hides the others where scripts run; without scripts all are visible.
document.querySelectorAll("select[data-shows=pool]").forEach(select => {
  const show = () => document.querySelectorAll("[data-pool]").forEach(note => {
    note.toggleAttribute("data-chosen", note.dataset.pool === select.value);
  });
  select.addEventListener("change", show);
  show();
});

// A tool reports its height and script errors. Messages are accepted only from this page's iframes with an opaque origin;
// numbers are clamped, text is never markup.
window.addEventListener("message", event => {
  const frame = [...document.querySelectorAll("iframe.tool-frame")].find(f => f.contentWindow === event.source);
  if (!frame || event.origin !== "null" || typeof event.data !== "object" || event.data === null) return;
  const { keywheel: type, value } = event.data;
  if (type === "height" && Number.isFinite(value)) {
    frame.height = String(Math.min(2000, Math.max(120, Math.round(value))));
  } else if (type === "error" && typeof value === "string" && !frame.nextElementSibling?.matches(".tool-trouble")) {
    const trouble = document.createElement("p");
    trouble.className = "tool-trouble field-error";
    trouble.setAttribute("role", "status");
    trouble.textContent = "The tool reports an error: " + value.slice(0, 200);
    frame.after(trouble);
  }
});

// A refused edit focuses its text; this scrolls the reason above it into view.
document.addEventListener("htmx:after:swap", event => {
  if (!event.detail.ctx.sourceElement?.matches?.(".block-editor")) return;
  document.querySelector(".block-editor > .notice[role=alert]")?.scrollIntoView({ block: "nearest" });
});

// A list whose last row was deleted is loaded again, because only the server knows what an empty list says. A refused request also
// triggers this event; it is not repeated.
document.addEventListener("htmx:after:swap", event => {
  if (event.detail.ctx.response?.status >= 400 || !document.querySelector(".article-list:not(:has(> li))")) return;
  htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerMorph" });
});

// Marks the sentences to check in the article, without changing its text: the unchecked ones, and the one under the pointer.
(() => {
  if (!window.CSS?.highlights || !document.getElementById("claims")) return;

  // The place of a sentence below an element; white space counts as one space.
  function find(root, sentence) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const places = [];
    let text = "";
    while (walker.nextNode()) {
      const node = walker.currentNode;
      [...node.data].reduce((at, char) => {
        const shown = /\s/.test(char) ? " " : char;
        if (shown !== " " || !text.endsWith(" ")) {
          for (let unit = 0; unit < shown.length; unit++) places.push([node, at + unit]);
          text += shown;
        }
        return at + char.length;
      }, 0);
    }
    const start = text.indexOf(sentence.replace(/\s+/g, " ").trim());
    if (start < 0) return null;
    const range = document.createRange();
    const [last, end] = places[start + sentence.replace(/\s+/g, " ").trim().length - 1];
    range.setStart(...places[start]);
    range.setEnd(last, end + 1);
    return range;
  }

  function rangeOf(item) {
    const place = document.getElementById(item.dataset.claim);
    const root = item.dataset.claim === "title" ? place?.closest("header") : place;
    return root ? find(root, item.querySelector(".claim").textContent) : null;
  }

  function mark() {
    const open = document.getElementById("claims")?.open;
    const items = !open ? [] : [...document.querySelectorAll("#claims [data-claim]:not([data-checked])")];
    CSS.highlights.set("claims", new Highlight(...items.map(rangeOf).filter(range => range)));
  }

  function point(event) {
    const item = event.target.closest?.("#claims [data-claim]");
    const range = item ? rangeOf(item) : null;
    if (range) CSS.highlights.set("claim-now", new Highlight(range));
    else CSS.highlights.delete("claim-now");
    if (range && event.type === "click" && event.target.closest("a")) {
      event.preventDefault();
      const answer = document.getElementById(item.dataset.claim);
      if (answer?.matches("details")) answer.open = true;
      range.startContainer.parentElement.scrollIntoView({ block: "center" });
    }
  }

  mark();
  document.addEventListener("toggle", mark, true);
  document.addEventListener("htmx:after:swap", mark);
  document.addEventListener("click", point);
  document.addEventListener("mouseover", point);
  document.addEventListener("focusin", point);
})();

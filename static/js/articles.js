// The form for a new article, and the iframes of embedded tools.
"use strict";

// Character count of the topic. Excess text is not cut off; the count shows it.
document.querySelectorAll("textarea[data-count]").forEach(field => {
  const most = Number(field.dataset.count);
  const count = document.createElement("p");
  count.className = "topic-count";
  const show = () => {
    const length = [...field.value].length; // counts code points
    count.textContent = length > most * 0.7 ? `${length} of ${most} characters` : "";
    count.classList.toggle("over", length > most);
  };
  field.after(count);
  field.addEventListener("input", show);
  show();
});

// Opens the answer of a question that a link targets.
const openTarget = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.matches("details")) target.open = true;
};
window.addEventListener("hashchange", openTarget);
openTarget();

// Shows the notes of the selected pool; without JavaScript the notes of all pools are visible.
document.querySelectorAll("select[data-shows=pool]").forEach(select => {
  const show = () => document.querySelectorAll("[data-pool]").forEach(note => {
    note.hidden = note.dataset.pool !== select.value;
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

// The form of a new article, and the frames that tools stand in.
"use strict";

// How much of the topic is left; nothing is cut off, a person sees what is too much.
document.querySelectorAll("textarea[data-count]").forEach(field => {
  const most = Number(field.dataset.count);
  const count = document.createElement("p");
  count.className = "topic-count";
  const show = () => {
    const length = [...field.value].length; // an emoji is one character
    count.textContent = length > most * 0.7 ? `${length} of ${most} characters` : "";
    count.classList.toggle("over", length > most);
  };
  field.after(count);
  field.addEventListener("input", show);
  show();
});

// Whoever is led to a question wants its answer.
const openTarget = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.matches("details")) target.open = true;
};
window.addEventListener("hashchange", openTarget);
openTarget();

// What the chosen pool can do; without this script the notes of all pools are there to read.
document.querySelectorAll("select[data-shows=pool]").forEach(select => {
  const show = () => document.querySelectorAll("[data-pool]").forEach(note => {
    note.hidden = note.dataset.pool !== select.value;
  });
  select.addEventListener("change", show);
  show();
});

// A tool tells its height, and an error of its script. Its words count only when they come from a frame of this page
// with an origin of its own; a number is kept within bounds, a text is never markup.
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

// The log of a run: search in the lines on the page, problems only, copy, and the lines of one step. Lines are hidden, never
// removed, so that a search does not disturb the live log.
"use strict";

(() => {
  const tools = document.querySelector("[data-log-tools]");
  const log = document.querySelector("[data-log]");
  if (!tools || !log) return;
  const found = tools.querySelector(".log-found");
  const lines = () => [...log.querySelectorAll(".log-line")];
  const textOf = line => line.querySelector(".log-text").textContent;
  let step = "";

  function filter() {
    const words = tools.elements.q.value.trim().toLowerCase();
    const problems = tools.elements.level.checked;
    const filters = words !== "" || problems;
    const all = lines();
    for (const line of all) {
      line.hidden = problems && !line.matches(".log-warn, .log-error") || words !== "" && !textOf(line).toLowerCase().includes(words);
      line.classList.toggle("is-step", step !== "" && line.dataset.step === step);
    }
    const shown = all.filter(line => !line.hidden).length;
    found.textContent = filters ? `${shown} of ${all.length} lines` : "";
    const earlier = filters && log.querySelector(".log-earlier a");
    if (earlier) found.append(" on this page. ", wholeLog());
    log.querySelectorAll(".log-group").forEach(group => count(group, filters));
  }

  // The server searches all lines, including those that are not on the page.
  function wholeLog() {
    const link = document.createElement("a");
    link.href = `${tools.getAttribute("action")}?${new URLSearchParams(new FormData(tools))}`;
    link.textContent = "Search the whole log";
    return link;
  }

  function count(group, filters) {
    const all = [...group.querySelectorAll(".log-line")];
    const shown = all.filter(line => !line.hidden);
    const problems = shown.filter(line => line.matches(".log-warn, .log-error")).length;
    const counted = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
    group.querySelector("[data-log-count]").textContent = counted(shown.length, "line") + (problems ? `, ${counted(problems, "problem")}` : "");
    if (filters && shown.length > 0) group.open = true;
  }

  tools.addEventListener("input", filter);
  tools.addEventListener("submit", event => {
    event.preventDefault();
    filter();
  });
  keywheel.logGrown = grown => { if (grown === log) filter(); };

  tools.querySelector("[data-copy-lines]").addEventListener("click", event => {
    keywheel.copy(lines().filter(line => !line.hidden).map(textOf).join("\n"), event.currentTarget);
  });

  // The link of an operation marks its lines in the log by time, and opens its part of the log by step.
  document.addEventListener("click", event => {
    const link = event.target.closest?.("[data-step-log]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const group = document.getElementById(`log-group-${link.dataset.stepLog}`);
    const first = group ?? log.querySelector(`.log-line[data-step="${CSS.escape(link.dataset.stepLog)}"]`);
    if (!first) return;
    event.preventDefault();
    if (group) group.open = true;
    else step = step === link.dataset.stepLog ? "" : link.dataset.stepLog;
    filter();
    if (group) {
      group.scrollIntoView({ block: "nearest" });
      group.querySelector("summary").focus();
    } else if (step) {
      first.scrollIntoView({ block: "nearest" });
      const marked = lines().filter(line => line.matches(".is-step")).length;
      found.textContent = marked === 1 ? "1 line of this operation is marked" : `${marked} lines of this operation are marked`;
    }
  });

  filter();
})();

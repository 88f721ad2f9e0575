// Runs in a world of its own beside the tool's: it sees the same page, the tool cannot see it.
(() => {
  const byId = id => document.getElementById(id);
  const text = el => ("value" in el && el.tagName !== "OUTPUT" ? el.value : el.textContent).replace(/\s+/g, " ").trim();
  const tell = (el, type) => el.dispatchEvent(new Event(type, { bubbles: true }));

  const fill = (el, value) => {
    if (el.type === "checkbox" || el.type === "radio") {
      el.checked = /^(true|yes|on|1|checked)$/i.test(value) || el.value === value;
    } else if (el.tagName === "SELECT") {
      const want = value.trim().toLowerCase();
      const option = [...el.options].find(o => o.value.toLowerCase() === want || o.text.trim().toLowerCase() === want);
      if (option) el.value = option.value;
    } else {
      el.value = value;
    }
    tell(el, "input");
    tell(el, "change");
  };

  const run = trigger => {
    const button = trigger ? byId(trigger) : null;
    if (button) button.click();
    else document.forms[0]?.requestSubmit();
  };

  const shown = outputs => Object.fromEntries(outputs.map(id => [id, byId(id) ? text(byId(id)) : ""]));
  const frame = () => new Promise(done => setTimeout(done, 20));

  // Waits until the outputs have changed and then stood still once, a second at most.
  const settled = async (outputs, before) => {
    let last = JSON.stringify(before);
    let changed = false;
    for (let i = 0; i < 50; i++) {
      await frame();
      const now = JSON.stringify(shown(outputs));
      if (changed && now === last) break;
      if (now !== last) changed = true;
      last = now;
      if (!changed && i > 12 && Object.values(JSON.parse(now)).every(v => v !== "")) break;
    }
    return shown(outputs);
  };

  globalThis.keywheelTest = async (set, trigger, outputs) => {
    const unknown = Object.keys(set).filter(id => !byId(id));
    if (unknown.length) return { unknown };
    for (const [id, value] of Object.entries(set)) fill(byId(id), value);
    const before = shown(outputs);
    const start = performance.now();
    run(trigger);
    const busy = performance.now() - start;
    return { outputs: await settled(outputs, before), busy, message: message() };
  };

  const message = () => {
    const el = byId("tool-message") || document.querySelector("[role=status], [role=alert]");
    return el ? text(el) : "";
  };

  // Empties every field, or puts letters or a huge number where a number belongs.
  globalThis.keywheelSpoil = async (how, trigger, outputs) => {
    for (const el of document.querySelectorAll("input, textarea")) {
      if (["checkbox", "radio", "submit", "button", "hidden"].includes(el.type)) continue;
      const numeric = el.type === "number" || el.inputMode === "decimal" || el.inputMode === "numeric";
      if (how === "empty") fill(el, "");
      else if (numeric) fill(el, how === "letters" ? "abc" : "99999999999999999999");
    }
    const invalid = [...document.querySelectorAll("input, select, textarea")].some(el => !el.checkValidity());
    run(trigger);
    for (let i = 0; i < 4; i++) await frame();
    return { outputs: shown(outputs), message: message(), invalid };
  };

  globalThis.keywheelWidth = () => Math.max(document.documentElement.scrollWidth, document.body ? document.body.scrollWidth : 0);
})();

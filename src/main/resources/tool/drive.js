// Runs in a world of its own beside the tool's: it sees the same page, the tool cannot see it.
(() => {
  const byId = id => document.getElementById(id);
  const text = el => ("value" in el && el.tagName !== "OUTPUT" ? el.value : el.textContent).replace(/\s+/g, " ").trim();
  const tell = (el, type) => el.dispatchEvent(new Event(type, { bubbles: true }));

  const yes = /^(true|yes|on|1|checked)$/i, no = /^(false|no|off|0|unchecked)$/i;
  const plain = s => s.toLowerCase().replace(/\(.*?\)|\[.*?\]/g, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();

  const changed = el => {
    tell(el, "input");
    tell(el, "change");
    return true;
  };

  const fill = (el, value) => {
    el.value = value;
    return changed(el);
  };

  // Of several choices the one that is meant by a value or by what stands beside it; none when it could be two.
  const meant = (choices, words, value) => {
    const want = value.trim().toLowerCase();
    const exact = choices.find(c => words(c).some(w => w.trim().toLowerCase() === want));
    const near = choices.filter(c => words(c).some(w => plain(w) !== "" && plain(w) === plain(value)));
    return exact || (near.length === 1 ? near[0] : null);
  };

  const beside = el => [...(el.labels || [])].map(l => l.textContent.replace(/\s+/g, " "));

  // Choices that go by an id: they have its name, are in the box of that id, or one of them has it.
  const choices = (id, el) => {
    const radios = [...document.querySelectorAll("input[type=radio]")];
    if (el && el.type === "radio") return el.name ? radios.filter(r => r.name === el.name) : [el];
    return el ? radios.filter(r => el.contains(r)) : radios.filter(r => r.name === id);
  };

  // False when there is no such field, or no such choice in it.
  const set = (id, value) => {
    const el = byId(id);
    const radios = choices(id, el);
    if (radios.length) {
      const choice = meant(radios, r => [r.value, ...beside(r)], value) || (el && el.type === "radio" && yes.test(value) ? el : null);
      if (!choice) return Boolean(el && el.type === "radio" && no.test(value));
      choice.checked = true;
      return changed(choice);
    }
    const field = el && !el.matches("input, select, textarea") ? el.querySelector("input, select, textarea") : el;
    if (!field) return false;
    if (field.type === "checkbox") {
      field.checked = yes.test(value) || field.value === value;
      return changed(field);
    }
    if (field.tagName === "SELECT") {
      const option = meant([...field.options], o => [o.value, o.text], value);
      return Boolean(option) && fill(field, option.value);
    }
    return fill(field, value);
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

  globalThis.keywheelTest = async (values, trigger, outputs) => {
    const unknown = Object.entries(values).filter(([id, value]) => !set(id, value)).map(([id]) => id);
    if (unknown.length) return { unknown };
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

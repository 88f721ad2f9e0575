// Runs in an isolated world: it sees the same page as the tool, and the tool cannot see it.
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

  // The choice with this value or label; null if there is none, or if several are similar.
  const meant = (choices, words, value) => {
    const want = value.trim().toLowerCase();
    const exact = choices.find(c => words(c).some(w => w.trim().toLowerCase() === want));
    const near = choices.filter(c => words(c).some(w => plain(w) !== "" && plain(w) === plain(value)));
    return exact || (near.length === 1 ? near[0] : null);
  };

  const beside = el => [...(el.labels || [])].map(l => l.textContent.replace(/\s+/g, " "));

  // The radio buttons for an id: it is their name, the id of an element around them, or the id of one of them.
  const choices = (id, el) => {
    const radios = [...document.querySelectorAll("input[type=radio]")];
    if (el && el.type === "radio") return el.name ? radios.filter(r => r.name === el.name) : [el];
    return el ? radios.filter(r => el.contains(r)) : radios.filter(r => r.name === id);
  };

  // Sets a field. Returns false if there is no such field or choice.
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

  const button = trigger => {
    const all = document.querySelectorAll("button:not([type=reset]), input[type=submit]");
    return (trigger && byId(trigger)) || document.querySelector("button[type=submit], input[type=submit], form button:not([type])")
      || (all.length === 1 && !document.forms.length ? all[0] : null);
  };

  const run = trigger => {
    const start = button(trigger);
    if (start) start.click();
    else document.forms[0]?.requestSubmit();
  };

  const shown = outputs => Object.fromEntries(outputs.map(id => [id, byId(id) ? text(byId(id)) : ""]));
  const frame = () => new Promise(done => setTimeout(done, 20));

  const ALL = 50;
  // Number of frames that the slowest output took; null until a test has waited for its outputs.
  let slowest = null;

  // Observes writes to the outputs, including writes of the same text.
  const writes = outputs => {
    const written = new Set();
    const note = records => outputs.forEach(id => records.some(r => byId(id)?.contains(r.target)) && written.add(id));
    const observer = new MutationObserver(note);
    observer.observe(document.documentElement, { subtree: true, childList: true, characterData: true });
    return {
      to: id => (note(observer.takeRecords()), written.has(id)),
      forget: () => (observer.takeRecords(), written.clear()),
      end: () => observer.disconnect(),
    };
  };

  // Waits, for at most a second, until every expected output has been written, is not empty and did not change for a
  // frame. For an output that the tool does not write, the wait depends on the time that outputs took before.
  const settled = async (outputs, expected, before, written) => {
    let last = JSON.stringify(before);
    let moved = 0;
    for (let i = 1; i <= ALL; i++) {
      await frame();
      const now = shown(outputs);
      const still = JSON.stringify(now) === last;
      last = JSON.stringify(now);
      if (!still) moved = i;
      const full = expected.every(id => now[id] !== "");
      const fresh = expected.filter(id => now[id] !== before[id] || written.to(id)).length;
      const enough = Math.max(slowest === null ? ALL : 1 + 2 * slowest, fresh ? 0 : 12);
      if (still && full && (fresh === expected.length || i >= enough)) {
        slowest = Math.max(slowest ?? 0, i < ALL ? i : moved);
        break;
      }
    }
    return shown(outputs);
  };

  const visible = el => el.checkVisibility({ visibilityProperty: true }) && [...el.getClientRects()].some(r => r.width && r.height);
  const key = el => el.id || el;
  const named = el => `"${(el.textContent.trim() || el.value || "").replace(/\s+/g, " ").slice(0, 40)}"`;
  // Elements that were visible at the start or after a test, and outputs that had text.
  const seen = new Set(), filled = new Set();
  // Whether the tool writes outputs while fields are filled in, and the values of a test with a known result.
  let live = false, sample = {};
  const opener = "button:not([type=reset]), a[href^='#'], [role=button], [role=tab], [onclick], [aria-expanded]";
  const look = outputs => {
    for (const el of document.querySelectorAll(`[id], button, input, select, details, ${opener}`)) if (visible(el)) seen.add(key(el));
    for (const id of outputs) if (byId(id) && text(byId(id))) filled.add(id);
  };
  look([]);

  globalThis.keywheelTest = async (values, trigger, outputs, expected) => {
    const written = writes(outputs);
    let before = shown(outputs);
    const start = performance.now();
    const unknown = Object.entries(values).filter(([id, value]) => !set(id, value)).map(([id]) => id);
    if (unknown.length) {
      written.end();
      return { unknown };
    }
    if (button(trigger)) {
      // What is shown while fields are filled in is not yet the result.
      before = shown(outputs);
      live ||= outputs.some(written.to);
      written.forget();
    }
    if (expected.length) sample = values;
    run(trigger);
    const busy = performance.now() - start;
    const result = await settled(outputs, expected.length ? expected : outputs, before, written);
    written.end();
    look(outputs);
    return { outputs: result, busy, message: message() };
  };

  const message = () => {
    const el = byId("tool-message") || document.querySelector("[role=status], [role=alert]");
    return el ? text(el) : "";
  };

  // Waits for as long as the outputs took in the tests, if that is known.
  const usual = async () => {
    for (let i = slowest === null ? 4 : Math.max(1, slowest - 1); i > 0; i--) await frame();
  };

  // Runs the tool with some fields changed, and then restores them.
  globalThis.keywheelEdge = async (values, trigger, outputs) => {
    const fields = Object.keys(values).map(byId).filter(el => el && "value" in el);
    const old = fields.map(el => el.value);
    const start = performance.now();
    fields.forEach(el => fill(el, values[el.id]));
    run(trigger);
    const busy = performance.now() - start;
    await usual();
    const result = { outputs: shown(outputs), busy };
    fields.forEach((el, i) => fill(el, old[i]));
    return result;
  };

  // Empties all fields, or enters letters or a huge number in the number fields.
  globalThis.keywheelSpoil = async (how, trigger, outputs) => {
    for (const el of document.querySelectorAll("input, textarea")) {
      if (["checkbox", "radio", "submit", "button", "hidden"].includes(el.type)) continue;
      const numeric = el.type === "number" || el.inputMode === "decimal" || el.inputMode === "numeric";
      if (how === "empty") fill(el, "");
      else if (numeric) fill(el, how === "letters" ? "abc" : "99999999999999999999");
    }
    const invalid = [...document.querySelectorAll("input, select, textarea")].some(el => !el.checkValidity());
    run(trigger);
    await usual();
    return { outputs: shown(outputs), message: message(), invalid };
  };

  // Whether the tool writes outputs when fields change, even if only after a delay.
  const follows = async outputs => {
    const written = writes(outputs);
    for (const [id, value] of Object.entries(sample)) set(id, value);
    for (let i = 0; i < ALL && !outputs.some(written.to); i++) await frame();
    written.end();
    return outputs.some(written.to);
  };

  // The fields, the button and the outputs that people never saw. If a choice or a button may show one of several, it counts
  // only if they are all hidden.
  globalThis.keywheelHidden = async (trigger, inputs, outputs) => {
    const start = button(trigger);
    const shows = selector => [...document.querySelectorAll(selector)].some(el => el !== start && seen.has(key(el)));
    const choice = shows(`select, details, [type=radio], [type=checkbox], ${opener}`);
    const hidden = (kind, ids) => {
      const gone = ids.filter(id => !seen.has(id));
      return gone.length === ids.length || !choice ? gone.map(id => `the ${kind} "${id}"`) : [];
    };
    // Files and colors are often chosen with a label that stands for a hidden field.
    const field = "input:not([type=hidden], [type=radio], [type=checkbox], [type=file], [type=color]), select, textarea";
    const lost = start && !live && !seen.has(key(start)) && !shows(opener) && !(await follows(outputs));
    return [
      ...hidden("field", inputs.filter(id => byId(id)?.matches(field))),
      ...(lost ? [`the button ${named(start)}`] : []),
      ...hidden("output", outputs.filter(id => filled.has(id))),
    ];
  };

  const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;

  // Red, green, blue and opacity; null for other notations.
  const channels = color => {
    const [, r, g, b, a] = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(color) || [];
    return r === undefined ? null : [r, g, b, a ?? 1].map(Number);
  };

  // The plain color behind the text of an element; null if it is unknown.
  const background = el => {
    for (let at = el; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const color = channels(style.backgroundColor);
      if (!color || style.backgroundImage !== "none" || style.opacity !== "1") return null;
      if (color[3] > 0) return color[3] === 1 ? color : null;
    }
    const own = getComputedStyle(document.documentElement).colorScheme;
    const scheme = own === "normal" ? document.querySelector("meta[name=color-scheme i]")?.content || "" : own;
    return /dark/.test(scheme) && (dark() || !/light/.test(scheme)) ? [18, 18, 18] : [255, 255, 255];
  };

  const luminance = color => {
    const [r, g, b] = color.map(c => c / 255).map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  const contrast = el => {
    const behind = background(el), color = channels(getComputedStyle(el).color);
    if (!behind || !color) return null;
    const blended = behind.slice(0, 3).map((c, i) => c + (color[i] - c) * color[3]);
    const [low, high] = [luminance(behind.slice(0, 3)), luminance(blended)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  const read = "input:not([type=checkbox], [type=radio], [type=range], [type=color], [type=hidden]), textarea, select";
  const texts = () => [...document.body.querySelectorAll("*")].filter(el => visible(el) && !el.matches(":disabled, select *, svg *")
    && (el.matches(read) || [...el.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim())));

  let light;
  globalThis.keywheelLight = () => { light = new Map(texts().map(el => [el, contrast(el)])); };

  // Texts and fields that are readable on a light screen only.
  globalThis.keywheelDark = () => {
    texts().forEach(contrast);
    for (const a of document.getAnimations()) try { a.finish(); } catch { /* it has no end */ }
    return texts().filter(el => light.get(el) >= 3 && (contrast(el) ?? 3) < 3)
      .map(el => `${el.matches(read) ? `the field "${el.id}"` : named(el)} (${contrast(el).toFixed(1)}:1)`);
  };

  globalThis.keywheelWidth = () => Math.max(document.documentElement.scrollWidth, document.body ? document.body.scrollWidth : 0);
})();

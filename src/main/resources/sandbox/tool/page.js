'use strict';
(() => {
  const fields = {{fields}};
  const form = document.getElementById('tool-form');
  const message = document.getElementById('tool-message');

  // A number with thousands separators and this many decimals.
  function number(value, decimals) {
    const shown = Math.abs(value) < 0.5 / 10 ** decimals ? 0 : value;
    return shown.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  }

{{compute}}

  // The value of a field, or a sentence that says what to change.
  function read(field) {
    const text = document.getElementById(field.id).value.trim();
    if (field.type === 'number') {
      const value = text === '' ? NaN : Number(text);
      if (!Number.isFinite(value)) return { problem: `Enter “${field.label}” as a number.` };
      if (value < field.min || value > field.max) {
        return { problem: `“${field.label}” must be between ${field.min.toLocaleString('en-US')} and ${field.max.toLocaleString('en-US')}.` };
      }
      return { value };
    }
    if (field.type === 'date') {
      if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return { problem: `Choose a day for “${field.label}”.` };
      return { value: Date.parse(text + 'T00:00:00Z') / 86400000 };
    }
    if (text === '') return { problem: `Fill in “${field.label}”.` };
    return { value: text };
  }

  function show(results) {
    for (const output of document.querySelectorAll('output')) output.textContent = results[output.id] ?? '–';
  }

  function calculate() {
    const values = {};
    let problem = '';
    for (const field of fields) {
      const { value, problem: wrong } = read(field);
      document.getElementById(field.id).setAttribute('aria-invalid', String(Boolean(wrong)));
      values[field.id] = value;
      problem ||= wrong || '';
    }
    const results = problem ? { problem } : compute(values);
    const sound = !results.problem && !Object.values(results).some((text) => /NaN|∞|undefined/.test(text));
    message.textContent = results.problem || (sound ? '' : 'These values are too extreme to calculate with.');
    show(sound ? results : {});
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    calculate();
  });
  form.addEventListener('reset', () => setTimeout(calculate));

  // Inputs and results as lines of text. A frame may not reach the clipboard otherwise.
  const copy = document.getElementById('tool-copy');
  copy.addEventListener('click', () => {
    const inputs = fields.map((field) => `${field.label}: ${document.getElementById(field.id).value}`);
    const results = [...document.querySelectorAll('.result')].map(
      (result) => `${result.querySelector('span').textContent}: ${result.querySelector('output').textContent}`);
    const text = document.createElement('textarea');
    text.value = [...inputs, ...results].join('\n');
    document.body.append(text);
    text.select();
    const label = copy.textContent;
    copy.textContent = document.execCommand('copy') ? 'Copied' : 'Copying is blocked here';
    text.remove();
    copy.focus();
    setTimeout(() => { copy.textContent = label; }, 2000);
  });
  calculate();
})();

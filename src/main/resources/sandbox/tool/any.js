  // Without a rule of its own: how far the fields are filled, from 0 to 100.
  function compute(v) {
    const parts = fields.map((field) => field.type === 'number' && field.max > field.min
      ? (v[field.id] - field.min) / (field.max - field.min)
      : 1);
    const mean = number(parts.reduce((sum, part) => sum + part, 0) / parts.length * 100, 1);
    return Object.fromEntries([...document.querySelectorAll('output')].map((output) => [output.id, mean]));
  }

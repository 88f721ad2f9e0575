  // No rule of this page's own: the filled part of each field's range, as a mean of 0 to 100.
  function compute(v) {
    const parts = fields.map((field) => field.type === 'number' && field.max > field.min
      ? (v[field.id] - field.min) / (field.max - field.min)
      : 1);
    const mean = number(parts.reduce((sum, part) => sum + part, 0) / parts.length * 100, 1);
    return Object.fromEntries({{outputs}}.map((id) => [id, mean]));
  }

  const weights = [30, 25, 20, 15, 10];

  function compute(v) {
    let score = 0;
    let loss = 0;
    let weakest = 'none';
    fields.forEach((field, i) => {
      const part = (v[field.id] - field.min) / (field.max - field.min);
      score += weights[i] * part;
      if (weights[i] * (1 - part) > loss) {
        loss = weights[i] * (1 - part);
        weakest = field.label;
      }
    });
    const verdict = score >= 75 ? 'Strong: go ahead' : score >= 50 ? 'Fair: improve it first' : 'Weak: look for something better';
    return { score: number(score, 1), verdict, weakest };
  }

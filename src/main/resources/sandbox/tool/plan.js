  function compute(v) {
    const weeks = Math.ceil(v.hours / v.weekly);
    const cost = v.start + weeks * v.running;
    return { weeks: number(weeks, 0), cost: number(cost, 2), hourly: number(cost / v.hours, 2) };
  }

  function compute(v) {
    const people = Math.round(v.people);
    const tip = v.bill * v.tip / 100;
    const total = v.bill + tip;
    return { tipped: number(tip, 2), total: number(total, 2), share: number(total / people, 2) };
  }

  // Each unit as [size in the base unit, zero point].
  const units = {{units}};

  function plain(value) {
    return Number(value.toPrecision(7)).toLocaleString('en-US', { maximumFractionDigits: 6 });
  }

  function convert(value, from, to) {
    return (value * from[0] + from[1] - to[1]) / to[0];
  }

  function compute(v) {
    const from = units[v.from];
    const to = units[v.to];
    return {
      result: plain(convert(v.value, from, to)),
      rule: `1 ${v.from} = ${plain(convert(1, from, to))} ${v.to}`,
    };
  }

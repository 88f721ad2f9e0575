  function compute(v) {
    const saved = v.price * v.discount / 100;
    const net = v.price - saved;
    const tax = net * v.tax / 100;
    return { final: number(net + tax, 2), saved: number(saved, 2), taxed: number(tax, 2) };
  }

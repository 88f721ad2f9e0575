  function compute(v) {
    const profit = v.cost * v.markup / 100;
    const price = v.cost + profit;
    const margin = price === 0 ? 0 : profit / price * 100;
    return { price: number(price, 2), profit: number(profit, 2), margin: number(margin, 2) };
  }

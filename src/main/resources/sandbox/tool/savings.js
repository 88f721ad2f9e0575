  function compute(v) {
    const months = Math.round(v.years * 12);
    const monthlyRate = v.rate / 1200;
    const growth = Math.pow(1 + monthlyRate, months);
    const deposits = monthlyRate === 0 ? v.monthly * months : v.monthly * (growth - 1) / monthlyRate;
    const balance = v.start * growth + deposits;
    const paid = v.start + v.monthly * months;
    return { balance: number(balance, 2), paid: number(paid, 2), earned: number(balance - paid, 2) };
  }

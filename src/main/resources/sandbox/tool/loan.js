  function compute(v) {
    const months = Math.round(v.years * 12);
    const monthlyRate = v.rate / 1200;
    const payment = monthlyRate === 0
      ? v.amount / months
      : v.amount * monthlyRate / (1 - Math.pow(1 + monthlyRate, -months));
    const total = payment * months;
    return { payment: number(payment, 2), interest: number(total - v.amount, 2), total: number(total, 2) };
  }

  function compute(v) {
    const housing = v.income * 0.28;
    const debts = v.income * 0.36 - v.debts;
    const payment = Math.max(0, Math.min(housing, debts) - v.costs);
    const months = Math.round(v.years * 12);
    const monthlyRate = v.rate / 1200;
    const loan = monthlyRate === 0
      ? payment * months
      : payment * (1 - Math.pow(1 + monthlyRate, -months)) / monthlyRate;
    return {
      price: number(loan + v.down, 0),
      loan: number(loan, 0),
      payment: number(payment, 2),
      limit: housing <= debts ? 'Housing costs' : 'All debts together',
    };
  }

  function compute(v) {
    const last = v.count === 'yes' ? v.end + 1 : v.end;
    if (v.end < v.start) return { problem: '“{{endLabel}}” must not be before “{{startLabel}}”.' };
    const days = last - v.start;
    let workdays = 0;
    for (let day = v.start; day < last; day++) {
      // Day 0 was a Thursday; Monday is 0, Sunday is 6.
      if ((((day + 3) % 7) + 7) % 7 < 5) workdays++;
    }
    const weeks = Math.floor(days / 7);
    const rest = days % 7;
    return {
      days: number(days, 0),
      span: `${weeks} ${weeks === 1 ? 'week' : 'weeks'} and ${rest} ${rest === 1 ? 'day' : 'days'}`,
      workdays: number(workdays, 0),
    };
  }

  function clock(seconds) {
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
  }

  function compute(v) {
    const total = v.hours * 3600 + v.minutes * 60 + v.seconds;
    if (total === 0) return { problem: 'Enter a finish time longer than zero.' };
    const pace = total / v.distance;
    return {
      kilometre: clock(pace),
      mile: clock(pace * 1.609344),
      speed: number(v.distance * 3600 / total, 2),
      five: clock(pace * 5),
    };
  }

  function compute(v) {
    const coffee = v.water / v.ratio;
    const bloom = 2 * coffee;
    return {
      coffee: number(coffee, 1),
      bloom: number(bloom, 0),
      pour: number((v.water - bloom) / v.pours, 0),
      cup: number(v.water - 2 * coffee, 0),
    };
  }

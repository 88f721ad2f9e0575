  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const alphabets = {
    'letters': letters,
    'letters and digits': letters + '0123456789',
    'letters, digits and symbols': letters + '0123456789' + '!#$%*+-=?@^_~:',
  };

  // A character drawn so that each is equally likely.
  function draw(alphabet) {
    const box = new Uint8Array(1);
    const limit = 256 - (256 % alphabet.length);
    do crypto.getRandomValues(box); while (box[0] >= limit);
    return alphabet[box[0] % alphabet.length];
  }

  function compute(v) {
    const length = Math.round(v.length);
    const alphabet = alphabets[v.signs];
    const bits = length * Math.log2(alphabet.length);
    const verdict = bits < 50 ? 'weak' : bits < 80 ? 'good' : 'strong';
    return {
      password: Array.from({ length }, () => draw(alphabet)).join(''),
      bits: number(bits, 1),
      verdict,
    };
  }

  // Groups of vowels, less a silent e at the end: close enough for English.
  function syllables(word) {
    const groups = (word.toLowerCase().match(/[aeiouy]+/g) || []).length;
    const silent = /[^aeiouyl]e$/i.test(word) && groups > 1 ? 1 : 0;
    return Math.max(1, groups - silent);
  }

  function compute(v) {
    const words = v.text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) || [];
    if (words.length === 0) return { problem: 'The text has no words yet.' };
    const sentences = Math.max(1, (v.text.match(/[.!?\u2026]+(?=\s|$)/g) || []).length);
    const sounds = words.reduce((sum, word) => sum + syllables(word), 0);
    const ease = 206.835 - 1.015 * (words.length / sentences) - 84.6 * (sounds / words.length);
    return {
      words: number(words.length, 0),
      characters: number(Array.from(v.text).length, 0),
      sentences: number(sentences, 0),
      minutes: number(words.length / v.speed, 1),
      ease: number(Math.min(100, Math.max(0, ease)), 1),
    };
  }

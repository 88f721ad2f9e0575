package dev.keywheel.article.plan;

import dev.keywheel.db.BoundedText;
import java.text.Normalizer;
import java.util.Locale;

/** Part of an address; not unique. */
public final class Slug {
  /** Maximum length of a slug, in characters. */
  public static final int MAX_LENGTH = 60;

  private Slug() {}

  /**
   * Lower-case letters and digits of any script, joined by hyphens, at most 60 characters; {@code
   * fallback} when nothing remains.
   */
  public static String of(String text, String fallback) {
    var plain =
        Normalizer.normalize(text.replace("ß", "ss"), Normalizer.Form.NFKD)
            // accents, but not the vowel signs of Indic scripts or the voicing marks of Japanese
            .replaceAll("[\\p{Mn}&&[\\p{IsInherited}\\p{IsHebrew}]&&[^\\u3099\\u309A]]+", "");
    var joined =
        Normalizer.normalize(plain, Normalizer.Form.NFC)
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^\\p{L}\\p{Mn}\\p{Mc}\\p{N}]+", "-");
    var trimmed = joined.replaceAll("^-+|-+$", "");
    if (trimmed.length() > MAX_LENGTH) {
      int hyphen = trimmed.lastIndexOf('-', MAX_LENGTH);
      int end = hyphen > MAX_LENGTH / 2 ? hyphen : MAX_LENGTH;
      trimmed = BoundedText.start(trimmed, end);
    }
    return trimmed.isEmpty() ? fallback : trimmed;
  }
}

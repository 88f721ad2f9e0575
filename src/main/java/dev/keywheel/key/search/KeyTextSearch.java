package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static java.util.Comparator.comparingInt;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lower;
import static org.jooq.impl.DSL.position;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.limit.KeyReason;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jooq.Condition;
import org.jooq.DSLContext;

/**
 * Matches keys by a text that is in their name, last four, account or reason, or that is the word
 * of their status or provider.
 */
public final class KeyTextSearch {
  /** The characters that are looked up in the index of trigrams, when there are more. */
  private static final int RARE = 5;

  private static final int TRIGRAM = 3;

  /** Trigrams are rare that, on average, at most one in fifty keys has. */
  private static final int FEWEST = 50;

  /** Without the sample of PostgreSQL's statistics, which holds 100 values. */
  private static final int SMALLEST_SAMPLE = 50;

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9]+");

  private KeyTextSearch() {}

  /**
   * The condition for a statement that may take as long as there are keys. The text is a literal,
   * not a parameter: how rare it is decides between the index of trigrams and the order of the
   * list.
   */
  public static Condition contains(String text) {
    return or(text, isLike(text));
  }

  /**
   * The condition for a page. The index compares the keys of each trigram, and a million keys may
   * have most trigrams of a text in common: the rare characters of the text are looked up, and the
   * whole text is looked for in the keys that have these.
   */
  public static Condition contains(DSLContext dsl, String text) {
    // By the database's own rule for small letters, as the column was made.
    var whole = position(API_KEYS.SEARCH_TEXT, lower(inline(text))).gt(0);
    return rare(dsl, text)
        .map(rare -> or(text, isLike(rare).and(whole)))
        .orElseGet(() -> contains(text));
  }

  private static Condition isLike(String text) {
    var pattern = "%" + text.replaceAll("[\\\\%_]", "\\\\$0") + "%";
    return API_KEYS.SEARCH_TEXT.like(lower(inline(pattern)));
  }

  private static Condition or(String text, Condition plain) {
    List<String> reasons = KeyReason.matching(text).stream().map(KeyReason::code).toList();
    Condition found = reasons.isEmpty() ? plain : plain.or(API_KEYS.REASON.in(reasons));
    return KeyStatus.named(text)
        .map(status -> found.or(API_KEYS.STATUS.eq(status.code())))
        .or(() -> Providers.named(text).map(provider -> found.or(API_KEYS.PROVIDER.eq(provider))))
        .orElse(found);
  }

  /** Empty for a short text, and for one of which all parts are frequent or no sample is there. */
  private static Optional<String> rare(DSLContext dsl, String text) {
    if (text.length() <= RARE) {
      return Optional.empty();
    }
    var sample = sample(dsl);
    return sample.size() < SMALLEST_SAMPLE ? Optional.empty() : rare(sample, text);
  }

  static Optional<String> rare(List<String> sample, String text) {
    return IntStream.rangeClosed(0, text.length() - RARE)
        .mapToObj(at -> text.substring(at, at + RARE))
        .filter(part -> PLAIN.matcher(part).matches())
        .map(part -> part.toLowerCase(Locale.ROOT))
        .min(comparingInt(part -> frequency(sample, part)))
        .filter(part -> frequency(sample, part) * FEWEST <= sample.size() * (RARE - TRIGRAM + 1));
  }

  /** The sum over the trigrams of a part. */
  private static int frequency(List<String> sample, String part) {
    return IntStream.rangeClosed(0, RARE - TRIGRAM)
        .mapToObj(at -> part.substring(at, at + TRIGRAM))
        .mapToInt(trigram -> (int) sample.stream().filter(it -> it.contains(trigram)).count())
        .sum();
  }

  private static List<String> sample(DSLContext dsl) {
    return List.of(
        dsl.fetchOptional(
                """
                select histogram_bounds::text::text[] from pg_stats
                 where schemaname = current_schema() and tablename = 'api_keys'
                   and attname = 'search_text' and histogram_bounds is not null
                """)
            .map(row -> row.get(0, String[].class))
            .orElse(new String[0]));
  }
}

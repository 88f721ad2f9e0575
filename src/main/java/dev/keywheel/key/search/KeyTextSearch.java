package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static java.util.Comparator.comparingDouble;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lower;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.limit.KeyReason;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;

/**
 * Matches keys by a text whose words are parts of their name, last four characters, account or
 * reason, or that names their status or provider.
 */
public final class KeyTextSearch {
  private static final int TRIGRAM = 3;

  /**
   * The parts of a text that can be looked up in the index of trigrams: five letters or digits, or
   * a whole group of three or four between other characters.
   */
  private static final Pattern RARE =
      Pattern.compile("[A-Za-z0-9]{5}|(?<![A-Za-z0-9])[A-Za-z0-9]{3,4}(?![A-Za-z0-9])");

  /** A part of a text is rare if on average at most one of this many keys has its trigrams. */
  private static final int RARE_ONE_IN = 20;

  private KeyTextSearch() {}

  /**
   * Matches keys that contain every word of the text, or whose status, provider or reason the text
   * names. A literal lets the planner estimate how many keys contain it.
   */
  public static Condition contains(String text) {
    Condition words =
        Arrays.stream(text.split("\\s+"))
            .distinct()
            .map(KeyTextSearch::isLike)
            .reduce(Condition::and)
            .orElseThrow();
    return Stream.concat(Stream.of(words), named(text)).reduce(Condition::or).orElseThrow();
  }

  /**
   * Conditions that indexes support; every key that matches the text meets one of them. Empty when
   * the text has no rare part, or while the index of trigrams is not built. Looks up only the
   * rarest part, because the index compares the keys of each trigram, and a million keys may have
   * most trigrams of a text in common.
   *
   * @param all the condition of the list, for conditions that do not use the index of trigrams
   */
  public static Optional<List<Condition>> candidates(DSLContext dsl, String text, Condition all) {
    if (!RARE.matcher(text).find()) {
      return Optional.empty();
    }
    return sample(dsl)
        .flatMap(sample -> rare(sample, text))
        .map(rare -> Stream.concat(Stream.of(isLike(rare)), named(text).map(all::and)).toList());
  }

  private static Condition isLike(String word) {
    var pattern = "%" + word.replaceAll("[\\\\%_]", "\\\\$0") + "%";
    return API_KEYS.SEARCH_TEXT.like(lower(inline(pattern)));
  }

  /** Conditions for the keys whose reason, status or provider the text names. */
  private static Stream<Condition> named(String text) {
    List<String> reasons = KeyReason.matching(text).stream().map(KeyReason::code).toList();
    var reason =
        reasons.isEmpty() ? Stream.<Condition>empty() : Stream.of(API_KEYS.REASON.in(reasons));
    var word =
        KeyStatus.named(text)
            .map(status -> API_KEYS.STATUS.eq(status.code()))
            .or(() -> Providers.named(text).map(API_KEYS.PROVIDER::eq));
    return Stream.concat(reason, word.stream());
  }

  static Optional<String> rare(List<String> sample, String text) {
    return IntStream.rangeClosed(0, text.length() - TRIGRAM)
        .mapToObj(at -> RARE.matcher(text).useTransparentBounds(true).region(at, text.length()))
        .filter(Matcher::lookingAt)
        .map(Matcher::group)
        .min(comparingDouble(part -> frequency(sample, part)))
        .filter(part -> frequency(sample, part) * RARE_ONE_IN <= sample.size());
  }

  /** The average number of sampled keys that contain a trigram of the part. */
  private static double frequency(List<String> sample, String part) {
    var lower = part.toLowerCase(Locale.ROOT); // the collation of the database may differ
    return IntStream.rangeClosed(0, lower.length() - TRIGRAM)
        .mapToObj(at -> lower.substring(at, at + TRIGRAM))
        .mapToLong(trigram -> sample.stream().filter(it -> it.contains(trigram)).count())
        .average()
        .orElseThrow();
  }

  /**
   * A sample of search texts from the statistics. Empty without the index of trigrams; an empty
   * list while the table has no statistics.
   */
  private static Optional<List<String>> sample(DSLContext dsl) {
    return dsl.fetchOptional(
            """
            select (select histogram_bounds::text::text[] from pg_stats
                     where schemaname = current_schema() and tablename = 'api_keys' and attname = 'search_text')
              from pg_index where indexrelid = to_regclass('api_keys_containing') and indisvalid
            """)
        .map(
            row -> Optional.ofNullable(row.get(0, String[].class)).map(List::of).orElse(List.of()));
  }
}

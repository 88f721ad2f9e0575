package dev.keywheel.article.view;

import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which articles a list shows, newest first.
 *
 * @param search words in the title or the topic; empty for all articles
 * @param cursor the article that the rows come after, or before when {@code backwards}; null for
 *     the first rows
 */
public record ArticleFilter(String search, Which which, @Nullable UUID cursor, boolean backwards) {

  public static final ArticleFilter NEWEST = new ArticleFilter("", Which.ALL, null, false);

  /** Minimum length of a word that can use the trigram index. */
  private static final int MIN_INDEXED_LENGTH = 3;

  /** Number of the newest articles that are searched when all words are too short for the index. */
  public static final int NEWEST_SEARCHED = 2_000;

  List<String> words() {
    return Arrays.stream(search.strip().split("\\s+")).filter(w -> !w.isEmpty()).toList();
  }

  static boolean isShort(String word) {
    return word.codePointCount(0, word.length()) < MIN_INDEXED_LENGTH;
  }

  /** Whether only the newest articles are searched. */
  public boolean newestOnly() {
    return !words().isEmpty() && words().stream().allMatch(ArticleFilter::isShort);
  }

  /** A filter by state; {@code label} is shown on the page. */
  public enum Which implements ListedStates {
    ALL("All"),
    RUNNING("Running"),
    DRAFT("Draft"),
    REVIEWED("Reviewed"),
    GAPS("With gaps"),
    STALE("Out of date"),
    FAILED("Failed");

    private final String label;

    Which(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }

    /** The filter with this word; {@link #ALL} for null or an unknown word. */
    public static Which of(@Nullable String word) {
      return ListedStates.of(values(), word, ALL);
    }
  }
}

package dev.keywheel.db.query;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/**
 * Searches a long list for a text, newest rows first, in bounded time. Common words are found among
 * the newest rows, rare ones through the trigram index; otherwise a limited number of rows is
 * scanned and the caller may continue from there.
 */
public final class BoundedSearch {
  private static final int WINDOW_ROWS = 10_000;
  private static final int MAX_WINDOWS = 10;

  /** Timeout of the index scan: a longer scan has too many matches to be useful. */
  private static final int INDEX_MILLIS = 500;

  private static final int MIN_INDEXED_LENGTH = 3;
  private static final String STATEMENT_TIMEOUT = "57014";

  private BoundedSearch() {}

  /**
   * The list to search.
   *
   * @param <P> a position in the list
   * @param <R> a row
   */
  public interface Source<P, R> {
    /** The position {@code rows} rows earlier than {@code before}; empty with fewer rows. */
    Optional<P> back(P before, int rows);

    /**
     * Matches before a position, newest first.
     *
     * @param from the position of the oldest row to scan; null for all older rows
     */
    List<R> between(@Nullable P from, P before, int limit);

    /** Matches found through the index, as in {@link #between}; empty if it cannot be used. */
    Optional<List<R>> indexed(P before, int limit);

    P place(R row);
  }

  /**
   * The result, newest first.
   *
   * @param next where to continue; null when nothing is left
   * @param partial whether the search scanned its maximum number of rows and found too few matches
   */
  public record ResultPage<P, R>(List<R> rows, @Nullable P next, boolean partial) {}

  public static <P, R> ResultPage<P, R> find(Source<P, R> source, P before, int limit) {
    var rows = new ArrayList<R>();
    var at = before;
    for (int window = 0; window < MAX_WINDOWS; window++) {
      var from = source.back(at, WINDOW_ROWS);
      rows.addAll(source.between(from.orElse(null), at, limit + 1 - rows.size()));
      if (rows.size() > limit || from.isEmpty()) {
        return found(source, rows, limit);
      }
      at = from.get();
      if (window == 0) {
        var rest = source.indexed(at, limit + 1 - rows.size());
        if (rest.isPresent()) {
          rows.addAll(rest.get());
          return found(source, rows, limit);
        }
      }
    }
    return new ResultPage<>(rows, at, true);
  }

  private static <P, R> ResultPage<P, R> found(Source<P, R> source, List<R> rows, int limit) {
    if (rows.size() <= limit) {
      return new ResultPage<>(rows, null, false);
    }
    return new ResultPage<>(rows.subList(0, limit), source.place(rows.get(limit - 1)), false);
  }

  /** Escapes the text for {@code ilike}, to match it anywhere in a value. */
  public static String pattern(String text) {
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
  }

  /** Queries the trigram index; empty without an index, for a short text, or on a timeout. */
  public static <T> Optional<T> throughIndex(
      Database database, String index, String text, Function<DSLContext, T> query) {
    if (text.strip().length() < MIN_INDEXED_LENGTH || !valid(database, index)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          database.inTx(
              tx -> {
                tx.dsl().execute("set local statement_timeout = " + INDEX_MILLIS);
                tx.dsl().execute("set local enable_seqscan = off");
                return query.apply(tx.dsl());
              }));
    } catch (DataAccessException e) {
      if (STATEMENT_TIMEOUT.equals(e.sqlState())) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static boolean valid(Database database, String index) {
    return database.read(
        dsl ->
            dsl.fetch(
                    "select 1 from pg_index where indexrelid = to_regclass({0}) and indisvalid",
                    val(index))
                .isNotEmpty());
  }
}

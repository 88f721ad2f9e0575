package dev.keywheel.key.pool;

import static org.jooq.impl.DSL.val;

import dev.keywheel.secret.Secret;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * Gives keys names that no other key of the workspace has, whatever the case, so that a row is
 * found by its name. A unique index holds the rule.
 */
public final class KeyNames {
  private static final int LONGEST = 100;

  /** What is left of the longest names when a number is added. */
  private static final int STEM = 90;

  private static final String LAST = "\uDBFF\uDFFF";

  private final Set<String> taken = new HashSet<>();
  private final Map<String, Integer> last = new HashMap<>();

  private KeyNames() {}

  /**
   * @param wanted every name that {@link #choose} will be asked for: the database is asked about
   *     these alone
   */
  public static KeyNames in(DSLContext dsl, UUID workspace, Collection<String> wanted) {
    var names = new KeyNames();
    var stems = new HashSet<String>();
    var once = new HashSet<String>();
    for (String name : wanted) {
      if (!once.add(key(name))) {
        stems.add(stem(name));
      }
    }
    for (String name : names(dsl, workspace, wanted, "name_sort_key = lower(w.name)")) {
      names.taken.add(key(name));
      stems.add(stem(name));
    }
    var numbered =
        "name_sort_key >= lower(w.name) and name_sort_key < lower(w.name || '" + LAST + "')";
    names(dsl, workspace, stems, numbered).forEach(name -> names.taken.add(key(name)));
    return names;
  }

  /**
   * Names of keys that the condition finds for one of {@code w}: one look into the index of names
   * for each, whatever the planner believes of their number.
   */
  private static List<String> names(
      DSLContext dsl, UUID workspace, Collection<String> w, String found) {
    return dsl.resultQuery(
            "select k.name from unnest({0}::text[]) as w(name), lateral (select name from api_keys"
                + " where workspace_id = {1} and deleted_at is null and "
                + found
                + " offset 0) k",
            val(w.toArray(String[]::new)),
            val(workspace))
        .fetch(row -> row.get(0, String.class));
  }

  /** A name, and why it is not the one that was written, if it is not. */
  public record Choice(String name, String note) {}

  /** The name that a key is to have when a list gives it this one, or none. */
  public static String wanted(String written, String clear) {
    return written.isBlank() ? Secret.of(clear).masked() : written;
  }

  public Choice choose(String written, String clear) {
    String wanted = wanted(written, clear);
    if (taken.add(key(wanted))) {
      return new Choice(wanted, "");
    }
    while (true) {
      int n = last.merge(key(wanted), 1, Integer::sum) + 1;
      String suffix = " (" + n + ")";
      String name = cut(wanted, LONGEST - suffix.length()) + suffix;
      if (taken.add(key(name))) {
        return new Choice(
            name, written.isBlank() ? "" : "The name “" + written + "” is taken already");
      }
    }
  }

  private static String stem(String name) {
    return name.length() <= STEM ? name + " (" : cut(name, STEM);
  }

  private static String cut(String name, int length) {
    return name.substring(0, Math.min(name.length(), length));
  }

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}

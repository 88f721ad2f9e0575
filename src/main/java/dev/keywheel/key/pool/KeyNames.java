package dev.keywheel.key.pool;

import static org.jooq.impl.DSL.val;

import dev.keywheel.db.BoundedText;
import dev.keywheel.secret.Secret;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;

/** Chooses names that are unique in the workspace regardless of case, as a unique index demands. */
public final class KeyNames {
  private static final int MAX_LENGTH = 100;

  /**
   * Longer names are looked up by this number of characters, because they are cut before a number
   * is added.
   */
  private static final int STEM_LENGTH = 90;

  /** The last character of Unicode, after all names that begin with the text before it. */
  private static final String LAST = "\uDBFF\uDFFF";

  private final Set<String> taken = new HashSet<>();

  /** The last number that was added, by the first {@link #STEM_LENGTH} characters of a name. */
  private final Map<String, Integer> last = new HashMap<>();

  private KeyNames() {}

  /**
   * Reads the names of the workspace that the wanted names could equal.
   *
   * @param wanted every name that {@link #choose} will be called with: only these are looked up
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
    for (String name :
        names(dsl, workspace, wanted, "<= lower(w.name) order by name_sort_key limit 1")) {
      names.taken.add(key(name));
      stems.add(stem(name));
    }
    var numbered = "< lower(w.name || '" + LAST + "') order by name_sort_key offset 0";
    names(dsl, workspace, stems, numbered).forEach(name -> names.taken.add(key(name)));
    return names;
  }

  /**
   * For each name in {@code w}, the names of keys from that name up to a bound, with one index
   * lookup each. The order makes the planner use the index of names even while its statistics say
   * that the table is empty and all indexes cost the same.
   *
   * @param upTo the comparison with the bound, and the order
   */
  private static List<String> names(
      DSLContext dsl, UUID workspace, Collection<String> w, String upTo) {
    return dsl.resultQuery(
            """
            select k.name
              from unnest({0}::text[]) as w(name),
                   lateral (select name from api_keys
                             where workspace_id = {1} and deleted_at is null
                               and name_sort_key >= lower(w.name) and name_sort_key %s) k
            """
                .formatted(upTo),
            val(w.toArray(String[]::new)),
            val(workspace))
        .fetch(row -> row.get(0, String.class));
  }

  /**
   * A chosen name.
   *
   * @param note why it differs from the written name; may be empty
   */
  public record Choice(String name, String note) {}

  /** The written name, or the masked secret for a key without a name. */
  public static String nameOrMasked(String written, String clear) {
    return written.isBlank() ? Secret.of(clear).masked() : written;
  }

  /**
   * Chooses the written name, or the masked secret without one; adds a number if it is taken.
   *
   * @param written the name of the key in the import; may be blank
   * @param clear the secret of the key
   */
  public Choice choose(String written, String clear) {
    String wanted = nameOrMasked(written, clear);
    if (taken.add(key(wanted))) {
      return new Choice(wanted, "");
    }
    while (true) {
      int n = last.merge(key(BoundedText.start(wanted, STEM_LENGTH)), 1, Integer::sum) + 1;
      String suffix = " (" + n + ")";
      String name = BoundedText.start(wanted, MAX_LENGTH - suffix.length()) + suffix;
      if (taken.add(key(name))) {
        return new Choice(
            name, written.isBlank() ? "" : "The name “" + written + "” is taken already");
      }
    }
  }

  private static String stem(String name) {
    return name.length() <= STEM_LENGTH ? name + " (" : BoundedText.start(name, STEM_LENGTH);
  }

  /**
   * Equal for all names that are equal in the index, whose lower case depends on the locale of the
   * database: {@code ΟΔΟΣ} and {@code οδοσ} are equal there, but their lower case in Java is not.
   */
  private static String key(String name) {
    return name.codePoints()
        .map(c -> Character.toLowerCase(Character.toUpperCase(c)))
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}

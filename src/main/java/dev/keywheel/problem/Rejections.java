package dev.keywheel.problem;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The rejections of a form's fields, collected so that a user sees all of them at once. Only the
 * first rejection of a field counts.
 */
public final class Rejections {
  private final Map<String, Rejected> found = new LinkedHashMap<>();

  private Rejections() {}

  /**
   * Reads a form with several fields.
   *
   * @param reading passes each field to {@link #read} or {@link #check}, so that the fields after a
   *     wrong one are read as well
   * @throws Rejected if anything was rejected, with every rejection in {@link Rejected#all}
   */
  public static <T> T collect(Function<Rejections, T> reading) {
    var rejections = new Rejections();
    try {
      T result = reading.apply(rejections);
      if (rejections.found.isEmpty()) {
        return result;
      }
    } catch (Rejected rejected) {
      rejections.add(rejected);
    }
    throw rejections.rejected();
  }

  /**
   * Applies rules for different fields.
   *
   * @throws Rejected as {@link #collect} does
   */
  public static void checkAll(Runnable... rules) {
    var rejections = new Rejections();
    Arrays.stream(rules).forEach(rejections::check);
    if (!rejections.found.isEmpty()) {
      throw rejections.rejected();
    }
  }

  /** The value of a field; {@code otherwise} if the field is rejected. */
  public <T> T read(T otherwise, Supplier<T> field) {
    try {
      return field.get();
    } catch (Rejected rejected) {
      add(rejected);
      return otherwise;
    }
  }

  /** Applies a rule that may reject a field. */
  public void check(Runnable rule) {
    try {
      rule.run();
    } catch (Rejected rejected) {
      add(rejected);
    }
  }

  /** Rejects a field, but continues to read it. */
  public void reject(String field, String sentence) {
    add(new Rejected(field, sentence));
  }

  private Rejected rejected() {
    return RejectedFields.of(found.values());
  }

  private void add(Rejected rejected) {
    if (rejected instanceof Conflict || rejected instanceof RateLimited) {
      // Concerns the request, not one of its fields. TooLarge and VaultSealedException would too,
      // but reading or checking a field never throws them.
      throw rejected;
    }
    rejected.all().forEach(one -> found.putIfAbsent(one.field().orElse(""), one));
  }
}

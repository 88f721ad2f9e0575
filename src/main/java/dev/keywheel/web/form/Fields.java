package dev.keywheel.web.form;

import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.SecretShape;
import io.javalin.http.Context;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values and errors of a form's fields. A rejected form is shown again with the typed values and
 * the error at its field.
 */
public record Fields(Map<String, String> values, Map<String, String> errors) {
  /** Key of an error that belongs to no field. */
  private static final String WHOLE = "";

  public Fields {
    values = Map.copyOf(values);
    errors = Map.copyOf(errors);
  }

  public static Fields none() {
    return new Fields(Map.of(), Map.of());
  }

  /** The submitted values, but for those that look like a key: no page repeats one. */
  public static Fields sent(Context ctx) {
    var typed = typed(ctx);
    var values = new HashMap<>(typed.values());
    values.values().removeIf(SecretShape::isIn);
    return new Fields(values, typed.errors());
  }

  /** All submitted values, for forms that take keys or texts of an article. */
  public static Fields typed(Context ctx) {
    var values = new HashMap<String, String>();
    ctx.formParamMap()
        .forEach(
            (name, all) -> all.stream().findFirst().ifPresent(it -> values.put(name, shown(it))));
    return new Fields(values, Map.of());
  }

  /** Removes control characters, which no page can contain. */
  private static String shown(String typed) {
    return typed.replaceAll("[\\p{Cntrl}&&[^\\t\\n\\r]]", "");
  }

  public Fields with(String name, Object value) {
    var more = new HashMap<>(values);
    more.put(name, value.toString());
    return new Fields(more, errors);
  }

  /** Fills values missing in {@code typed} from this form; keeps the errors of {@code typed}. */
  public Fields under(Fields typed) {
    var merged = new HashMap<>(values);
    merged.putAll(typed.values());
    return new Fields(merged, typed.errors());
  }

  /** Adds the message of the rejection at its field. */
  public Fields refused(Rejected rejected) {
    var more = new HashMap<>(errors);
    more.put(rejected.field().orElse(WHOLE), String.valueOf(rejected.getMessage()));
    return new Fields(values, more);
  }

  public String value(String name) {
    return values.getOrDefault(name, "");
  }

  public @Nullable String error(String name) {
    return errors.get(name);
  }

  /** The error that belongs to no field. */
  public @Nullable String error() {
    return errors.get(WHOLE);
  }
}

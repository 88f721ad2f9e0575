package dev.keywheel.web.form;

import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
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

  /**
   * The submitted values, with keys masked and an error at each field that contained one. A form
   * that takes keys uses {@link #typed}.
   */
  public static Fields sent(Context ctx) {
    return none().overlaidWith(typed(ctx));
  }

  /**
   * The submitted values with keys in plain text, for forms that take keys and for {@link
   * #overlaidWith}.
   */
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

  /**
   * These values, overlaid with the submitted ones; the errors are those of {@code typed}. A typed
   * key that this form does not contain is masked, and the error at its field says so.
   */
  public Fields overlaidWith(Fields typed) {
    var merged = new HashMap<>(values);
    merged.putAll(typed.values());
    var fields = new Fields(merged, typed.errors());
    for (var field : typed.values().entrySet()) {
      var name = field.getKey();
      if (!field.getValue().replace("\r\n", "\n").equals(values.get(name))) {
        fields =
            SecretShape.CERTAIN.refusal(name, field.getValue()).map(fields::refused).orElse(fields);
      }
    }
    return fields;
  }

  /** Adds the message of each rejection at its field, and masks a rejected key in this field. */
  public Fields refused(Rejected rejected) {
    var fields = this;
    for (Rejected one : rejected.all()) {
      fields = fields.refusedField(one);
    }
    return fields;
  }

  private Fields refusedField(Rejected rejected) {
    String field = rejected.field().orElse(WHOLE);
    var more = new HashMap<>(errors);
    more.putIfAbsent(field, String.valueOf(rejected.getMessage()));
    var shown = new HashMap<>(values);
    if (rejected instanceof SecretShape.Refused refused) {
      shown.computeIfPresent(field, (name, value) -> refused.shown(value));
    }
    return new Fields(shown, more);
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

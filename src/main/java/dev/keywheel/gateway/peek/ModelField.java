package dev.keywheel.gateway.peek;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/**
 * The place of the field {@code model} in a body.
 *
 * @param from the index of the value's first byte; where to insert the field if it is missing
 * @param to the index after the value's last byte; {@code from} if the field is missing
 * @param missing whether the body has no such field
 * @param after the text after an inserted field: a comma if other fields follow
 */
record ModelField(int from, int to, boolean missing, String after) {

  static ModelField of(int from, int to) {
    return new ModelField(from, to, false, "");
  }

  /**
   * @param at the index after the opening brace of the body
   * @param alone whether the body has no field at all
   */
  static ModelField missing(int at, boolean alone) {
    return new ModelField(at, at, true, alone ? "" : ",");
  }

  Splice with(String model) {
    String quoted = '"' + new String(JsonStringEncoder.getInstance().quoteAsString(model)) + '"';
    return Splice.of(from, to, missing ? "\"model\":" + quoted + after : quoted);
  }
}

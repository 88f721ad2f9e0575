package dev.keywheel.gateway.peek;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldOverridesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          {"b": 1e2}           ; { "a" : 1.0 }                ; {"b":1e2, "a" : 1.0 }
          {"a": 1e2}           ; { "a" : 1.0 ,"z":[] }        ; { "a" : 1e2 ,"z":[] }
          {"a":{"x":[1, 2]}}   ; {"z":{"a":1},"a":"}"}        ; {"z":{"a":1},"a":{"x":[1, 2]}}
          {"a":null,"b":"é"}   ; {"\\u0061":{"deep":{}}}      ; {"b":"é","\\u0061":null}
          {"q\\"":true}        ; {"é":"\\""}                  ; {"q\\"":true,"é":"\\""}
          {}                   ; { "a" : 1.0 }                ; { "a" : 1.0 }
          """)
  void fields_are_replaced_in_place_or_added(String fields, String body, String sent) {
    assertThat(applied(fields, body)).isEqualTo(sent.strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{\"a\":1} x", "{\"a\":1,\"a\":2}", "{\"a\":}", "{a:1}"})
  void anything_but_one_object_with_each_field_once_is_refused(String fields) {
    assertThatThrownBy(() -> FieldOverrides.of(fields))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void the_field_that_selects_endpoints_is_recognized() {
    assertThat(FieldOverrides.of("{\"provider\":{\"sort\":\"price\"}}").chooseEndpoints()).isTrue();
    assertThat(FieldOverrides.of("{\"user\":\"a\"}").chooseEndpoints()).isFalse();
  }

  @Test
  void a_background_of_an_alias_of_an_earlier_version_is_recognized() {
    assertThat(FieldOverrides.of("{\"background\": true}").background()).isTrue();
    assertThat(FieldOverrides.of("{\"background\": false}").background()).isFalse();
  }

  @Test
  void fields_that_run_other_models_are_recognized_beside_other_spellings() {
    assertThat(FieldOverrides.of("{\"temperature\":0}").extras()).isFalse();
    assertThat(FieldOverrides.of("{\"plugins\":[{\"id\":\"web\"}]}").extras()).isTrue();
    assertThat(FieldOverrides.of("{\"plugins\":[{\"id\":\"web\"}],\"Tools\":[]}").extras())
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({"model,true", "Model,true", "STREAM,true", "Tools,true", "tools,false", "user,false"})
  void fields_of_the_request_cannot_be_set_in_any_spelling(String name, boolean fixed) {
    assertThat(FieldOverrides.isFixed(name)).isEqualTo(fixed);
  }

  private static String applied(String fields, String body) {
    byte[] bytes = body.strip().getBytes(StandardCharsets.UTF_8);
    var text = new StringBuilder();
    for (ByteBuffer part : Splice.apply(bytes, FieldOverrides.of(fields.strip()).splices(bytes))) {
      text.append(StandardCharsets.UTF_8.decode(part));
    }
    return text.toString();
  }
}

package dev.keywheel.web.form;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PendingFormTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "{}",
        "{\"path\":\"/keys\"}",
        "{\"path\":\"/keys\",\"fields\":null}",
        "{\"path\":\"/keys\",\"fields\":[null]}",
        "{\"path\":\"/keys\",\"fields\":[{\"name\":\"a\"}]}",
        "{\"path\":\"//evil.example\",\"fields\":[]}"
      })
  void an_incomplete_form_is_ignored(String text) {
    assertThat(PendingForm.decoded(text)).isEmpty();
  }
}

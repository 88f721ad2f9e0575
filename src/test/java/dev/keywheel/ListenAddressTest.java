package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenAddressTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, http://127.0.0.1:8080",
    "localhost, http://localhost:8080",
    "::1, http://[::1]:8080",
    "[::1], http://[::1]:8080",
  })
  void the_printed_address_can_be_opened_in_a_browser(String host, String url) {
    assertThat(ListenAddress.url(host, 8080)).hasToString(url);
  }
}

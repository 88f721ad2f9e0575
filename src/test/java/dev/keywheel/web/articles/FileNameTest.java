package dev.keywheel.web.articles;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNameTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain.html",
        "a\"; filename=\"evil.exe",
        "a\r\nSet-Cookie: b=c",
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "a\0b",
        "ünïcödé 🍞.zip",
        "\u202egnp.exe",
        "%2e%2e%2f",
        "'';filename*=UTF-8''x",
        ""
      })
  void a_title_of_any_kind_becomes_one_file_name(String title) {
    assertThat(ArticleRoutes.attachment(title))
        .matches(
            "attachment; filename=\"[A-Za-z0-9._-]*\"; filename\\*=UTF-8''(?:[A-Za-z0-9.*_-]|%[0-9A-F]{2})*");
  }
}

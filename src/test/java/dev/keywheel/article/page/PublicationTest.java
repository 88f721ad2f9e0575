package dev.keywheel.article.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keywheel.problem.Rejected;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublicationTest {

  @ParameterizedTest
  @CsvSource({
    "https://example.org/blog/tea, https://example.org/blog/images/cover.png",
    "https://example.org/blog/tea/, https://example.org/blog/tea/images/cover.png",
    "https://example.org, https://example.org/images/cover.png",
    "http://example.org:8080/a?b=c, http://example.org:8080/images/cover.png",
    "https://example.org/t%C3%A9, https://example.org/images/cover.png",
    "https://example.org/чай, https://example.org/images/cover.png",
    "https://bücher.example/tee, https://xn--bcher-kva.example/images/cover.png",
    "https://МОСКВА.example:8080, https://xn--80adxhks.example:8080/images/cover.png",
  })
  void the_picture_is_a_file_beside_the_page(String typed, String picture) {
    var address = Publication.address("address", " " + typed + " ");
    assertThat(new Publication(address, "", "").picture()).isEqualTo(picture);
    assertThat(address.matches("\\p{ASCII}+")).as(address).isTrue();
  }

  @Test
  void without_a_public_address_the_picture_is_linked_relatively() {
    assertThat(Publication.address("address", "  ")).isNull();
    assertThat(Publication.NONE.picture()).isEqualTo("images/cover.png");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.org/tea",
        "/tea",
        "ftp://example.org/tea",
        "javascript:alert(1)",
        "https://",
        "https:///tea",
        "https://ada:secret@example.org/",
        "https://ada:secret@bücher.example/",
        "https://straße.example/", // strasse.example would be another site
        "https://bü..cher.example/",
        "https://example.org/#top",
        "https://example.org/a b",
        "https://example.org/\"><script>",
      })
  void an_invalid_public_address_is_refused_at_its_field(String typed) {
    var rejected =
        catchThrowableOfType(Rejected.class, () -> Publication.address("address", typed));
    assertThat(rejected.field().orElseThrow()).isEqualTo("address");
  }

  @Test
  void an_address_has_at_most_two_thousand_characters() {
    var folder = "https://example.org/";
    var longest = folder + "a".repeat(2_000 - folder.length());
    assertThat(Publication.address("address", longest)).isEqualTo(longest);
    assertThatThrownBy(() -> Publication.address("address", longest + "a"))
        .isInstanceOf(Rejected.class);
    var longer = folder + "茶".repeat(230); // nine characters each, once encoded
    assertThatThrownBy(() -> Publication.address("address", longer)).isInstanceOf(Rejected.class);
  }

  @Test
  void an_address_with_a_query_and_no_path_keeps_its_query() {
    assertThat(Publication.address("address", "https://example.org?p=5"))
        .isEqualTo("https://example.org/?p=5");
    assertThat(Publication.address("address", "https://example.org"))
        .isEqualTo("https://example.org/");
  }
}

package dev.keywheel.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HtmlValidityTest {
  @Test
  void a_page_with_the_attributes_of_htmx_is_valid() {
    assertThat(
            HtmlValidity.errors(
                page(
                    "<h1 hx-get=\"/x\" hx-on:click='a \"b\"'>A</h1><p>b<time datetime=\"2026-01-01\">c</time>")))
        .isEmpty();
  }

  @Test
  void fragments_are_checked_by_the_same_rules() {
    assertThat(HtmlValidity.errors("<tr><td>a</td></tr><tr><td>b</td></tr>")).isEmpty();
    assertThat(
            HtmlValidity.errors(
                "<div id=\"a\" hx-get=\"/b\"></div><hx-partial hx-target=\"#c\"><li>d</li></hx-partial>"))
        .isEmpty();
    assertThat(HtmlValidity.errors("<li><p>a</li><p>b</li>")).isNotEmpty();
  }

  @Test
  void an_invalid_page_fails_each_time_although_a_similar_one_is_known_to_be_valid() {
    var valid = page("<form><input type=\"hidden\" name=\"csrf\" value=\"a\"></form>");
    HtmlValidity.assertValid("a page", valid);
    var wrong = valid.replace("</form>", "</form></p>");
    for (int time = 0; time < 2; time++) {
      assertThatThrownBy(() -> HtmlValidity.assertValid("a page", wrong))
          .hasMessageContaining("is not valid HTML");
    }
  }

  @Test
  void
      elements_with_the_same_id_are_an_error_although_a_page_with_other_ids_is_known_to_be_valid() {
    var first = UUID.randomUUID().toString();
    var second = UUID.randomUUID().toString();
    var valid = page("<p id=\"%s\">a</p><p id=\"%s\">b</p>");
    HtmlValidity.assertValid("a page", valid.formatted(first, second));
    assertThatThrownBy(() -> HtmlValidity.assertValid("a page", valid.formatted(first, first)))
        .hasMessageContaining("is not valid HTML");
  }

  @Test
  void markup_errors_that_browsers_tolerate_are_found() {
    var wrong =
        List.of(
            "<p>a<div>b</div></p>",
            "<p id=\"a\">b</p><p id=\"a\">c</p>",
            "<ul><p>a</p></ul>",
            "<a href=\"/\"><button>b</button></a>",
            "<label for=\"nothing\">a</label>",
            "<img src=\"a.png\">",
            "<progress value=\"2\" max=\"1\"></progress>",
            "<p aria-labelledby=\"nothing\">a</p>",
            "<foo>a</foo>");
    wrong.forEach(body -> assertThat(HtmlValidity.errors(page(body))).as(body).isNotEmpty());
  }

  private static String page(String body) {
    return "<!doctype html><html lang=\"en\"><head><title>A</title></head><body>"
        + body
        + "</body></html>";
  }
}

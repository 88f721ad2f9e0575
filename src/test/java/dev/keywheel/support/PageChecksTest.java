package dev.keywheel.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Page;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The checks of pages report the faults that they look for. */
class PageChecksTest {
  @RegisterExtension final Chromium chromium = new Chromium();

  @Test
  void a_control_without_a_name_is_found() {
    var page = show("<main><button><svg></svg></button><a href='/a'>A</a></main>");
    assertThatThrownBy(() -> ControlNames.assertSound(page))
        .hasMessageContaining("has no name: <button>");
  }

  @Test
  void two_controls_of_one_row_with_one_name_are_found_unless_they_do_the_same() {
    var page = show("<main><ul><li><a href='/a'>Show</a> <a href='/b'>Show</a></ul></main>");
    assertThatThrownBy(() -> ControlNames.assertSound(page))
        .hasMessageContaining("two called link Show");
    ControlNames.assertSound(
        show(
            "<main><ul><li><a href='/a'>Show</a> <a href='/a'>Show</a><li><a href='/b'>Show</a></ul></main>"));
  }

  @Test
  void names_are_listed_in_order_with_their_roles() {
    var page =
        show(
            "<main><label>Topic <input></label><button aria-label='Close'>x</button><button hidden>No</button></main>");
    assertThat(ControlNames.within(page, "main"))
        .containsExactly("textbox \"Topic\"", "button \"Close\"");
  }

  @Test
  void text_that_is_cut_off_is_found_and_an_ellipsis_is_not() {
    var page =
        show(
            "<main><p style='width: 4em; overflow: hidden; white-space: nowrap'>Far too long</main>");
    assertThatThrownBy(() -> PageChecks.assertNothingCutOff(page)).hasMessageContaining("<p style");
    PageChecks.assertNothingCutOff(
        show(
            "<main><p style='width: 4em; overflow: hidden; white-space: nowrap; text-overflow: ellipsis'>Far too long</main>"));
  }

  private Page show(String body) {
    var page = chromium.open(Look.DESKTOP);
    page.setContent("<!doctype html><html lang='en'><title>A page</title><body>" + body);
    return page;
  }
}

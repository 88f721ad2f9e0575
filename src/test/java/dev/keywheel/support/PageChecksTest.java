package dev.keywheel.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Page;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each page check finds the fault that it is made for. */
@Tag("full")
class PageChecksTest {
  @RegisterExtension final Chromium chromium = new Chromium();

  @Test
  void a_control_without_a_name_is_found() {
    var page = show("<main><button><svg></svg></button><a href='/a'>A</a></main>");
    assertThatThrownBy(() -> ControlNames.assertSound(page))
        .hasMessageContaining("has no name: <button>");
  }

  @Test
  void two_controls_with_the_same_name_in_a_row_are_found_unless_their_action_is_the_same() {
    var page = show("<main><ul><li><a href='/a'>Show</a> <a href='/b'>Show</a></ul></main>");
    assertThatThrownBy(() -> ControlNames.assertSound(page))
        .hasMessageContaining("two called link Show");
    ControlNames.assertSound(
        show(
            "<main><ul><li><a href='/a'>Show</a> <a href='/a'>Show</a><li><a"
                + " href='/b'>Show</a></ul></main>"));
  }

  @Test
  void names_are_listed_in_order_with_their_roles() {
    var page =
        show(
            "<main><label>Topic <input></label><button aria-label='Close'>x</button><button"
                + " hidden>No</button></main>");
    assertThat(ControlNames.within(page, "main"))
        .containsExactly("textbox \"Topic\"", "button \"Close\"");
  }

  @Test
  void text_that_is_cut_off_is_found_and_an_ellipsis_is_not() {
    var page =
        show(
            "<main><p style='width: 4em; overflow: hidden; white-space: nowrap'>Far too"
                + " long</main>");
    assertThatThrownBy(() -> PageChecks.assertNothingCutOff(page)).hasMessageContaining("<p style");
    PageChecks.assertNothingCutOff(
        show(
            "<main><p style='width: 4em; overflow: hidden; white-space: nowrap; text-overflow:"
                + " ellipsis'>Far too long</main>"));
  }

  @Test
  void text_that_is_cut_off_only_with_wide_spacing_or_large_letters_is_found() {
    var box = "height: 1.3em; overflow: hidden; line-height: 1.2";
    var spaced = show("<main><h1>A page</h1><p style='" + box + "'>Cut when spaced</main>");
    assertThatThrownBy(() -> PageChecks.assertGood(spaced, "spaced"))
        .hasMessageContaining("cuts off")
        .hasMessageContaining("Cut when spaced");
    var large =
        show(
            "<main><h1>A page</h1><p style='height: 24px; overflow: hidden'>Cut when large</main>");
    assertThatThrownBy(() -> PageChecks.assertGood(large, "large"))
        .hasMessageContaining("cuts off")
        .hasMessageContaining("Cut when large");
    var wide =
        show(
            "<main><h1>A page</h1><p style='white-space: nowrap; font: 20px monospace'>Wider when"
                + " it is spaced!</main>");
    assertThatThrownBy(() -> PageChecks.assertGood(wide, "wide"))
        .hasMessageContaining("scrolls sideways");
  }

  @Test
  void text_of_low_contrast_is_found_where_axe_finds_it() {
    var low =
        List.of(
            "<p style='color: #777'>Not quite dark enough</p>",
            "<p style='background: #777'><a href='/' style='color: #000'>Read</a> <b style='color:"
                + " #fff'>more</b></p>",
            "<p style='color: #888; font-size: 19px'>Middling letters</p>",
            "<p style='color: #aaa; font-size: 24px'>Large pale letters</p>",
            "<div style='opacity: .5'><p style='color: #333'>Faded</p></div>",
            "<p style='color: rgb(0 0 0 / 40%)'>Thin ink</p>",
            "<p style='color: color(srgb 0 0 0 / 40%)'>Thin mixed ink</p>",
            "<div style='background: #000'><p style='background: rgb(255 255 255 / 40%)'>On"
                + " grey</p></div>",
            "<label>Name <input value='Ada' style='color: #999'></label>",
            "<button style='color: #888; background: #fff'>Save</button>",
            "<p aria-hidden='true' style='color: #999'>Not read out</p>");
    var enough =
        List.of(
            "<p style='color: #767676'>Just dark enough</p>",
            "<p style='color: #888; font-size: 24px'>Large letters</p>",
            "<p style='color: #888; font-size: 19px; font-weight: bold'>Bold letters</p>",
            "<div style='background: #000'><p style='background: rgb(255 255 255 / 60%)'>On"
                + " grey</p></div>",
            "<button disabled style='color: #888; background: #fff'>Save</button>",
            "<label style='color: #999'>Name <input disabled></label>",
            "<p style='color: #999' hidden>Hidden</p>",
            "<p style='color: #999; visibility: hidden'>Hidden</p>",
            "<p style='color: #999; background: linear-gradient(#000, #fff)'>On a picture</p>",
            "<svg><text y='20' style='fill: #999'>Drawn</text></svg>");
    var page = show("<main></main>");
    low.forEach(body -> assertThat(foundLow(page, body)).as(body).containsExactly(true, true));
    enough.forEach(body -> assertThat(foundLow(page, body)).as(body).containsExactly(false, false));
  }

  /** Whether our check finds this text, and whether axe's rule finds it. */
  private static List<Boolean> foundLow(Page page, String body) {
    page.locator("main")
        .evaluate("(main, html) => { main.innerHTML = html; }", "<h1>A</h1>" + body);
    assertThat(fails(() -> Axe.assertNoViolation(page, Axe.Rules.OF_STRUCTURE))).isFalse();
    return List.of(
        fails(() -> TextContrast.assertReadable(page)),
        fails(() -> Axe.assertNoViolation(page, Axe.Rules.ALL)));
  }

  @Test
  void a_theme_of_low_contrast_is_found() {
    var page =
        show(
            "<style>@media (prefers-color-scheme: dark) { p { color: #aaa; } }</style>", "<p>Pale");
    assertThatThrownBy(() -> PageChecks.assertGood(page, "pale"))
        .hasMessageContaining("low contrast");
  }

  @Test
  void a_fault_that_only_the_narrow_page_has_is_found() {
    var page =
        show(
            "<style>input { display: none; } @media (width < 500px) { input { display: block; }"
                + " }</style>",
            "<form><input title=''></form>");
    assertThatThrownBy(() -> PageChecks.assertGood(page, "narrow")).hasMessageContaining("label (");
  }

  @Test
  void a_target_that_only_the_narrow_page_makes_too_small_is_found() {
    var page =
        show(
            "<style>button { height: 30px; } @media (width < 500px) { button { height: 9px; }"
                + " }</style>",
            "<button>One</button><br><button>Two</button>");
    assertThatThrownBy(() -> PageChecks.assertGood(page, "small"))
        .hasMessageContaining("target-size");
  }

  @Test
  void targets_that_may_be_too_small_are_found_where_axe_finds_them() {
    var small = "style='display: inline-block; width: 20px; height: 20px; padding: 0'";
    var undecided =
        List.of(
            "<button %s>a</button><button %s>b</button>",
            "<button style='height: 40px'>One</button><br><a href='/' %s>b</a>",
            "<button %s>a</button><div role='button' tabindex='0' %s>b</div>",
            "<button>One</button><button style='margin-left: -30px'>Two</button>");
    var enough =
        List.of(
            "<button style='height: 24px'>One</button><button style='height: 24px'>Two</button>",
            "<button %s>a</button> <button style='margin-left: 30px'>Two</button>",
            "<button %s>a</button><div hidden><button %s>b</button></div>",
            "<p>Read <a href='/'>this</a>.");
    var page = show("<main></main>");
    for (var body : undecided) {
      assertThat(foundSmall(page, body.replace("%s", small)))
          .as(body)
          .isEqualTo(List.of(true, true));
    }
    for (var body : enough) {
      assertThat(foundSmall(page, body.replace("%s", small)))
          .as(body)
          .isEqualTo(List.of(false, false));
    }
  }

  /** Whether our check leaves this control to axe's rule, and whether the rule finds it. */
  private static List<Boolean> foundSmall(Page page, String body) {
    page.locator("main")
        .evaluate("(main, html) => { main.innerHTML = html; }", "<h1>A</h1>" + body);
    return List.of(
        !TargetSizes.areLargeEnough(page),
        fails(() -> Axe.assertNoViolation(page, Axe.Rules.SIZE_OF_TARGETS)));
  }

  @Test
  void a_page_without_a_fault_passes_with_two_themes_and_widths_and_with_all() {
    var page = show("", "<p>All is well.");
    PageChecks.assertGood(page, "good");
    PageChecks.assertGoodInEveryLook(page, "good");
  }

  @Test
  void an_element_or_group_that_keeps_the_focus_is_found() {
    var links = "<a href='/a'>A</a> <a href='/b'>B</a> <a href='/c'>C</a> <a href='/d'>D</a>";
    var skip = "<a class='skip' href='#main'>Skip</a><main id='main'>" + links;
    PageChecks.assertUsableByKeyboard(show(skip + "<input type='date'><button>Save</button>"));
    for (String next : List.of("this", "this.previousElementSibling")) {
      var trap =
          " <button>One</button><button onkeydown=\"if (event.key === 'Tab') {"
              + " event.preventDefault(); %s.focus(); }\">Two</button>";
      var page = show(skip + trap.formatted(next));
      assertThatThrownBy(() -> PageChecks.assertUsableByKeyboard(page))
          .hasMessageContaining("traps the focus");
    }
  }

  private static boolean fails(Runnable check) {
    try {
      check.run();
      return false;
    } catch (AssertionError failed) {
      return true;
    }
  }

  private Page show(String style, String body) {
    var page = chromium.open(Look.DESKTOP);
    page.setContent(
        "<!doctype html><html lang='en'><title>A page</title>"
            + style
            + "<body><main><h1>A page</h1>"
            + body);
    return page;
  }

  private Page show(String body) {
    var page = chromium.open(Look.DESKTOP);
    page.setContent("<!doctype html><html lang='en'><title>A page</title><body>" + body);
    return page;
  }
}

package dev.keywheel.article.tool.browser;

import static dev.keywheel.article.tool.browser.TipSplitter.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.tool.Finding;
import dev.keywheel.support.Chromium;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tools that compute the right numbers, but that people cannot see or read. */
@Tag("full")
class UnusableToolCheckTest {
  @AutoClose
  private static final BrowserToolCheck browser = new BrowserToolCheck(Chromium.executable());

  private static final String LIVE =
      "</form><script>let wait;document.getElementById('bill').addEventListener('input',e=>{%s})</script>";

  private static List<String> findings(String html) {
    return TipSplitter.check(browser, html).findings().stream().map(Finding::text).toList();
  }

  private static String styled(String css) {
    return GOOD.replace("</style>", css + "</style>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "button{display:none}|the button \"Split\".",
        "form{visibility:hidden}|the field \"bill\", the field \"people\", the button \"Split\".",
        "#people{display:block;width:0;height:0;padding:0;border:0}|the field \"people\".",
        "output{display:none}|the output \"each\".",
      })
  void a_control_or_an_output_that_people_cannot_see_is_found(String css, String hidden) {
    assertThat(findings(styled(css))).containsExactly("Users cannot see " + hidden);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<details><summary>More</summary><output id='more' aria-live='polite'>1</output></details>",
        "<label>Round<select id='round'><option>up<option>down</select></label><p hidden><input id='digits'><output id='more'>1</output></p>",
        "<p hidden><output id='more' aria-live='polite'></output></p>",
      })
  void a_field_or_output_that_a_choice_shows_need_not_be_visible_in_each_test(String more) {
    assertThat(findings(GOOD.replace("</form>", more + "</form>"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<a href='#'>",
        "<span role='button' tabindex='0'>",
        "<span onclick=''>",
        "<summary aria-expanded='false'>",
      })
  void a_field_in_a_panel_that_people_can_open_need_not_be_visible(String opener) {
    var panel = opener + "More</" + opener.replaceAll("\\W*(\\w+).*", "$1") + "><p hidden>$1</p>";
    assertThat(findings(GOOD.replaceFirst("(<label for=\"people\">.*>)", panel))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "color"})
  void a_field_for_a_file_or_a_color_may_be_hidden_behind_its_label(String type) {
    var field = "<label>Photo<input id='photo' type='" + type + "' hidden></label></form>";
    assertThat(findings(GOOD.replace("</form>", field))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "e.target.form.requestSubmit()",
        "clearTimeout(wait);wait=setTimeout(()=>e.target.form.requestSubmit(),300)",
      })
  void a_button_need_not_be_visible_if_the_tool_runs_on_input(String handler) {
    var tool =
        GOOD.replace("<button ", "<button hidden ").replace("</form>", LIVE.formatted(handler));
    assertThat(findings(tool)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "body{background:#111}|\"Tip splitter\" (1.1:1)",
        "input{background:#222;transition:background 9s}|the field \"bill\" (1.3:1), the field \"people\" (1.3:1)",
        ":root{color-scheme:dark}body{color:#333}|\"Tip splitter\" (1.5:1)",
      })
  void text_that_is_readable_on_a_light_screen_only_is_found(String css, String text) {
    assertThat(findings(styled("@media (prefers-color-scheme:dark){" + css + "}")))
        .singleElement()
        .asString()
        .startsWith("On a dark screen the contrast is too low for ")
        .contains(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ":root{color-scheme:light dark}",
        "body{transition:color 9s,background 9s}@media (prefers-color-scheme:dark){body{background:#111;color:#eee}}",
        "@media (prefers-color-scheme:dark){body{background:linear-gradient(#fff,#eee)}}",
        "button{color:#bbb}@media (prefers-color-scheme:dark){h1{color:#444}}",
        ":root{--ink:#222;--paper:#fff}@media (prefers-color-scheme:dark){:root{--ink:#ddd;--paper:#181818}}body,input,button{background:var(--paper);color:var(--ink)}",
      })
  void readable_text_on_a_dark_screen_is_no_finding(String css) {
    assertThat(findings(styled(css))).isEmpty();
  }

  @Test
  void a_meta_element_may_declare_the_dark_scheme() {
    var meta = "<meta name='color-scheme' content='light dark'></head>";
    assertThat(findings(GOOD.replace("</head>", meta))).isEmpty();
  }
}

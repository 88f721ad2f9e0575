package dev.keywheel.web.keys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The list of keys of a pool with tens of thousands of keys, one of which is overdue for a check.
 */
@Tag("full")
class LargePoolTest {
  private static final String CUT_OFF =
      """
      () => [...document.querySelectorAll('.strip-word, .keys-signs')]
        .filter(e => e.scrollWidth > e.clientWidth || e.getBoundingClientRect().right > innerWidth)
        .map(e => e.textContent.trim())
      """;
  @AutoClose private static final KeysSite site = new KeysSite();

  @RegisterExtension final Chromium chromium = new Chromium();

  @BeforeAll
  static void start() {
    site.add(3);
    site.database()
        .runTx(
            tx -> {
              tx.dsl()
                  .execute(
                      """
                      update api_keys set status = 'rate_limited', reason = 'rate', usable_free = false,
                             usable_paid = false, until = now() - interval '5 minutes'
                       where name = 'key0001@example.com'
                      """);
              tx.dsl()
                  .execute(
                      """
                      update pools set active = 123602, rate_limited = 117702, failed = 18112, disabled = 10608
                      """);
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {320, 360, 700, 1010, 1280})
  void the_counts_and_the_sort_order_are_readable_at_every_width(int width) {
    var page = open("/keys?status=rate_limited", width);
    assertThat(page.locator("#strip-limited"))
        .containsText(width > 640 ? "Rate limited (check due)" : "Rate limited (");
    assertThat(page.evaluate(CUT_OFF)).asList().as("cut off").isEmpty();
    var limited = page.locator("#strip-limited").boundingBox();
    assertThat(limited.height).as("height of a count").isLessThan(80);
    var check = page.locator(".strip-check").boundingBox();
    var word = page.locator("#strip-limited .strip-word").boundingBox();
    double end = word.y + word.height;
    assertThat(check.y + check.height <= end + 1 || check.y >= end - 1)
        .as("the check is shown completely or not at all")
        .isTrue();
    var sort = page.locator("#sort").boundingBox();
    assertThat(sort.width).as("width of the order").isGreaterThan(100);
    assertThat(sort.x + sort.width).isLessThanOrEqualTo(width);
  }

  @ParameterizedTest
  @ValueSource(ints = {320, 360, 1280})
  void the_time_of_the_next_check_is_readable_at_every_width(int width) {
    var page = open("/keys", width);
    page.evaluate(
        """
        () => {
          document.querySelector('.strip-check time').outerHTML = 'in 41 min';
          document.querySelector('#strip-limited .strip-number').lastChild.data = '33';
        }
        """);
    assertThat(page.evaluate(CUT_OFF)).asList().as("cut off").isEmpty();
    assertThat(page.locator(".strip-check")).containsText("in 41 min");
  }

  @ParameterizedTest
  @ValueSource(ints = {360, 1280})
  void a_late_check_is_shown_as_due_instead_of_as_minutes_ago(int width) {
    var page = open("/keys?q=key0001", width);
    assertThat(page.locator("#bulk .key-status")).containsText("Next check due");
    page.locator("#bulk .key-name a").click();
    assertThat(page.locator("[aria-labelledby=why]")).containsText("UTC (due). The key is used");
  }

  private Page open(String path, int width) {
    var page = site.app.open(chromium, width < 700 ? Look.PHONE : Look.DESKTOP, site.app.admin());
    page.setViewportSize(width, 800);
    page.navigate(site.app.url() + path);
    return page;
  }
}

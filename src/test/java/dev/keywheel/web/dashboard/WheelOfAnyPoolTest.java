package dev.keywheel.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The wheel and its table for zero to ten thousand keys, in one pool that grows. */
@Tag("full")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WheelOfAnyPoolTest {
  private static final int KEYS = 10_000;
  private static final int MAX_CHARACTERS = 44_000;
  private static final int MAX_STATEMENTS = 20;
  @AutoClose private static final DashboardSite site = new DashboardSite(List.of(), List.of());
  private static final HttpBrowser browser = site.app.browser(site.app.admin());
  private static List<UUID> keys = List.of();

  @RegisterExtension final Chromium chromium = new Chromium();

  private static Document grown(int all) {
    var more = site.add("to" + all + "-", all - keys.size());
    keys =
        IntStream.range(0, all)
            .mapToObj(i -> i < keys.size() ? keys.get(i) : more.get(i - keys.size()))
            .toList();
    return page();
  }

  private static Document page() {
    return browser.get("/").page();
  }

  @Test
  @Order(1)
  void the_wheel_is_drawn_for_zero_one_and_two_keys() {
    assertThat(page().select(".wheel, #wheel-table")).isEmpty();
    var one = grown(1);
    assertThat(one.select(".wheel-mark")).hasSize(1);
    assertThat(turns(one)).containsExactly("1 to1-1 Active 1 never");
    assertThat(turns(grown(2))).containsExactly("1 to1-1 Active 1 never", "2 to2-1 Active 2 never");
    assertThat(page().select(".wheel-count, .wheel-of").eachText())
        .containsExactly("2", "of 2 active");
  }

  @Test
  @Order(2)
  void up_to_the_maximum_each_key_is_a_mark_and_above_it_there_are_arcs() {
    var full = grown(60);
    assertThat(full.select(".wheel-mark")).hasSize(60);
    assertThat(turns(full)).hasSize(60);
    assertThat(full.select(".wheel-arc")).isEmpty();
    var over = grown(61);
    assertThat(over.select(".wheel-mark")).isEmpty();
    assertThat(over.select(".wheel-arc > title").eachText()).containsExactly("61 Active");
    assertThat(turns(over)).hasSize(50);
    assertThat(over.select("#wheel-table > p").text())
        .startsWith("Not shown here: 11 more active keys. ");
    assertThat(over.select("figcaption a").text()).isEqualTo("to1-1");
  }

  @Test
  @Order(3)
  void ten_thousand_keys_of_one_status_are_one_ring() {
    var page = grown(KEYS);
    assertThat(page.select(".wheel-count, .wheel-of").eachText())
        .containsExactly("10,000", "of 10,000 active");
    assertThat(parts(page)).containsExactly("Active 10,000 100 % 0°–360°");
    site.assign(3);
    var later = page();
    assertThat(later.select("figcaption a").text()).isEqualTo(turnNames(later).getFirst());
    assertThat(turnNames(later)).startsWith("to60-2", "to60-3", "to60-4").hasSize(50);
    var link = later.select("#wheel-table > p a").attr("href");
    assertThat(link).isEqualTo("/keys?status=active&provider=openrouter&sort=turn");
  }

  @Test
  @Order(4)
  void one_key_of_another_status_among_ten_thousand_is_visible() {
    site.setStatus(KeyStatus.FAILED, List.of(keys.get(5_000)));
    var page = page();
    assertThat(parts(page))
        .containsExactly("Active 9,999 99.9 % 0°–354°", "Failed 1 < 0.1 % 354°–360°");
    assertThat(page.select(".wheel-count").text()).isEqualTo("9,999");
    var window = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    window.navigate(site.app.url() + "/");
    var length =
        (Number)
            window
                .locator(".wheel-arc.tone-bad")
                .evaluate(
                    "arc => arc.getTotalLength() * arc.getBoundingClientRect().width / arc.getBBox().width");
    assertThat(length.doubleValue()).as("pixels").isGreaterThan(5);
    window.locator("#wheel-table summary").click();
    PageChecks.assertGood(window, "dashboard-ten-thousand");
  }

  @Test
  @Order(5)
  void the_page_of_ten_thousand_keys_is_small_and_needs_few_statements() {
    site.statements.forget();
    var whole = browser.get("/");
    assertThat(site.statements.count()).isLessThanOrEqualTo(MAX_STATEMENTS);
    assertThat(whole.body().length()).isLessThan(MAX_CHARACTERS);
    var version = whole.page().select("#live").attr("hx-ptag");
    var url = "/dashboard/live?pool=openrouter";
    assertThat(browser.get(url, "HX-Request", "true", "HX-PTag", version).status()).isEqualTo(304);
  }

  @Test
  @Order(6)
  void the_wheel_of_a_mostly_disabled_pool_shows_the_next_key() {
    site.setStatus(KeyStatus.DISABLED, keys.subList(0, 9_997));
    var page = page();
    assertThat(parts(page))
        .containsExactly("Active 3 < 0.1 % 0°–6°", "Disabled 9,997 99.9 % 6°–360°");
    var last = keys.subList(9_997, KEYS).stream().map(id -> "/keys/" + id).toList();
    assertThat(page.select("figcaption a").attr("href")).isEqualTo(last.getFirst());
    assertThat(page.select(".wheel-keys th a").eachAttr("href")).isEqualTo(last);
  }

  @Test
  @Order(7)
  void without_an_active_key_only_the_arcs_are_shown() {
    site.setStatus(KeyStatus.RATE_LIMITED, keys.subList(9_997, KEYS));
    var page = page();
    assertThat(page.select("figcaption").text()).isEqualTo("No active key");
    assertThat(parts(page))
        .containsExactly("Rate limited 3 < 0.1 % 0°–6°", "Disabled 9,997 99.9 % 6°–360°");
    assertThat(page.select(".wheel-keys")).isEmpty();
  }

  private static List<String> parts(Document page) {
    return page.select("#wheel-table > table tbody tr").eachText();
  }

  private static List<String> turns(Document page) {
    return page.select(".wheel-keys tbody tr").eachText();
  }

  private static List<String> turnNames(Document page) {
    return page.select(".wheel-keys tbody th").eachText();
  }
}

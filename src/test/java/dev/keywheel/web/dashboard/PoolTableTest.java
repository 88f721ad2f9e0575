package dev.keywheel.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.view.RunRow;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.people.identity.Role;
import dev.keywheel.run.RunState;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.WebApp;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The rows of the pools on the dashboard: their order, states and buttons. */
@Tag("full")
class PoolTableTest {
  @RegisterExtension final Chromium chromium = new Chromium();
  private final List<RunRow> runs = new ArrayList<>();
  private final DashboardSite site = new DashboardSite(runs, List.of());
  private final WebApp app = site.app;
  private final HttpBrowser browser = app.browser(app.admin());

  @AfterEach
  void stop() {
    site.close();
  }

  @Test
  void a_pool_without_usable_keys_comes_first_in_red_with_its_runs_and_a_remedy() {
    add(9);
    site.setStatus(KeyStatus.RATE_LIMITED, 7);
    site.setStatus(KeyStatus.FAILED, 2);
    site.setStatus(KeyStatus.DISABLED, 1);
    site.addSamples(12);
    runs.add(site.run(2, "Bread", RunState.WAITING_KEYS));
    runs.add(site.run(3, "Cheese", RunState.RUNNING));
    var page = browser.get("/").page();
    var rows = page.select(".pool-table tbody tr");
    assertThat(rows.eachAttr("id")).containsExactly("pool-openrouter", "pool-sandbox");
    var starving = rows.getFirst();
    assertThat(starving.hasClass("tone-bad") && starving.hasClass("is-starving")).isTrue();
    assertThat(starving.select(".pool-runs").text()).isEqualTo("Run 2 Bread");
    assertThat(starving.select("td.number").eachText()).containsExactly("0", "6", "2", "1");
    assertThat(starving.select("[data-label=Covers]").text()).isEqualTo("None");
    assertThat(starving.select("button, a.button").eachText())
        .containsExactly("Test 8 keys", "Enable 1 key");
    assertThat(starving.select("form:has(.primary)").attr("action")).isEqualTo("/recovery");
    assertThat(starving.select("form:has(.primary) [name=provider]").val()).isEqualTo("openrouter");
    var good = rows.getLast();
    assertThat(good.hasClass("tone-ok")).isTrue();
    assertThat(good.select("[data-label=State]").text()).isEqualTo("Perfect");
    assertThat(good.select("[data-label=Covers]").text()).isEqualTo("1 run");
    assertThat(good.select("button, a.button")).isEmpty();
    assertThat(page.select("#pool").text()).isEqualTo("OpenRouter pool");
    var viewer = app.browser(app.member("eve@example.org", Role.VIEWER)).get("/").page();
    assertThat(viewer.select(".pool-table button, .pool-table .button")).isEmpty();
  }

  @Test
  void a_pool_below_its_minimum_comes_first_in_red_and_states_that_runs_continue() {
    add(3);
    site.addSamples(12);
    var rows = browser.get("/").page().select(".pool-table tbody tr");
    assertThat(rows.eachAttr("id")).containsExactly("pool-openrouter", "pool-sandbox");
    assertThat(rows.getFirst().hasClass("is-starving")).isTrue();
    assertThat(rows.getFirst().select("[data-label=State]").text()).isEqualTo("Below minimum");
    assertThat(rows.getFirst().select("[data-label=Covers]").text())
        .isEqualTo("1 run, keys shared");
    assertThat(rows.getFirst().select("a.button").text()).isEqualTo("Add keys");
  }

  @Test
  void the_button_with_the_remedy_is_within_the_window_of_a_tablet() {
    add(3);
    site.setStatus(KeyStatus.FAILED, 2);
    site.addSamples(12);
    var page = app.open(chromium, Look.TABLET, app.admin());
    page.navigate(app.url() + "/");
    var button = page.locator("#pool-openrouter .button.primary");
    var box = Objects.requireNonNull(button.boundingBox());
    assertThat(box.x + box.width).isLessThanOrEqualTo(Look.TABLET.width());
  }

  @Test
  void a_run_that_waits_for_a_pool_without_keys_is_shown_with_a_way_to_add_some() {
    runs.add(site.run(2, "Bread", RunState.WAITING_KEYS));
    var page = browser.get("/").page();
    assertThat(page.select(".pool-table tbody tr").eachAttr("id"))
        .containsExactly("pool-openrouter");
    assertThat(page.select(".pool-table .button").attr("href"))
        .isEqualTo("/keys/new?provider=openrouter");
    assertThat(page.select(".wheel, .welcome")).isEmpty();
  }

  @Test
  void a_pool_whose_keys_are_all_disabled_is_unused_while_another_works() {
    add(3);
    site.setStatus(KeyStatus.DISABLED, 3);
    var alone = browser.get("/").page().select("#pool-openrouter");
    assertThat(alone.hasClass("tone-bad")).isTrue();
    assertThat(alone.select("button").text()).isEqualTo("Enable 3 keys");
    assertThat(alone.select("[name=view]").val())
        .isEqualTo("/keys?status=disabled&provider=openrouter");
    site.addSamples(1);
    var page = browser.get("/").page();
    assertThat(page.select(".pool-table tbody tr").eachAttr("id"))
        .containsExactly("pool-sandbox", "pool-openrouter");
    assertThat(page.select("#pool-openrouter").hasClass("tone-off")).isTrue();
  }

  @Test
  void the_next_check_of_a_pool_is_the_earliest_of_its_keys() {
    var ids = add(3);
    site.setStatus(KeyStatus.FAILED, 2);
    site.setNextCheck(ids.get(1), site.clock.instant().plusSeconds(7_200));
    site.setNextCheck(ids.get(2), site.clock.instant().plusSeconds(3_600));
    var cell = browser.get("/").page().select("#pool-openrouter [data-label=Next key check]");
    assertThat(cell.text()).isEqualTo("in 1 h");
  }

  @Test
  void a_pause_does_not_hide_that_a_pool_is_below_its_minimum() {
    add(3);
    site.addSamples(12);
    site.pause();
    var page = browser.get("/").page();
    var rows = page.select(".pool-table tbody tr");
    assertThat(rows.eachAttr("id")).containsExactly("pool-openrouter", "pool-sandbox");
    assertThat(rows.getFirst().hasClass("tone-bad")).isTrue();
    assertThat(rows.getFirst().select("[data-label=State]").text())
        .isEqualTo("Below minimum, paused");
    assertThat(page.select("#pool").text()).isEqualTo("OpenRouter pool");
    assertThat(rows.getFirst().select(".cell-actions").text())
        .as("more keys would not help")
        .isEmpty();
  }

  @Test
  void on_a_phone_the_state_of_a_paused_pool_ends_inside_its_card() {
    add(3);
    site.pause();
    var page = app.open(chromium, Look.PHONE, app.admin());
    page.navigate(app.url() + "/");
    var state = page.locator("#pool-openrouter [data-label=State] .badge").boundingBox();
    var card = page.locator("#pool-openrouter").boundingBox();
    assertThat(state.x + state.width).isLessThan(card.x + card.width - 8);
  }

  @Test
  void a_paused_pool_is_not_perfect_and_the_alert_names_it() {
    add(9);
    site.pause();
    var page = browser.get("/").page();
    assertThat(page.select("#pool-openrouter [data-label=State]").text()).isEqualTo("Paused");
    assertThat(page.select("#pool-openrouter [data-label=Next key check]").text())
        .isEqualTo("in 10 min");
    assertThat(page.select(".notice").text())
        .isEqualTo("OpenRouter is paused. The provider is down. View tests");
    assertThat(page.select("#pool-openrouter .cell-actions").text())
        .as("more keys would not help")
        .isEmpty();
    assertThat(page.select("[aria-labelledby=next-run]").text())
        .startsWith("Next run Paused 9 active keys")
        .contains("waits until the pause ends", "Lasts Enough for 1 run")
        .doesNotContain("Perfect");
  }

  private List<UUID> add(int n) {
    return site.add("key", n);
  }
}

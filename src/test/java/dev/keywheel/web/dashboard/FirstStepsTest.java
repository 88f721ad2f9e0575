package dev.keywheel.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.view.ArticleRow;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the dashboard offers before the first article. */
@Tag("full")
class FirstStepsTest {
  @RegisterExtension final Chromium chromium = new Chromium();
  private final List<RunRow> runs = new ArrayList<>();
  private final List<ArticleRow> articles = new ArrayList<>();
  private final DashboardSite site = new DashboardSite(runs, articles);
  private final HttpBrowser browser = site.app.browser(site.app.admin());

  @AfterEach
  void stop() {
    site.close();
  }

  @Test
  void the_empty_dashboard_has_a_tour_of_three_sentences_and_loads_samples_with_one_press() {
    var page = browser.get("/").page();
    assertThat(page.select(".welcome .steps li")).hasSize(3);
    var form = page.select(".welcome form");
    assertThat(form.attr("action")).isEqualTo("/keys/samples");
    assertThat(form.select("[name=next]").val()).isEqualTo("/");
    assertThat(form.select("button").text()).isEqualTo("Load sample keys");
  }

  @Test
  void with_keys_and_no_article_the_next_step_is_a_first_article_about_a_suggested_topic() {
    site.addSamples(3);
    var page = browser.get("/").page();
    assertThat(page.select("#first").text()).isEqualTo("Next: write your first article");
    assertThat(page.select(".topic-chips a").eachText()).containsExactly("Bread", "Cheese & ham");
    assertThat(page.select(".topic-chips a").last().attr("href"))
        .isEqualTo("/articles/new?provider=sandbox&topic=Cheese+%26+ham");
    var viewer = site.app.browser(site.app.member("eve@example.org", Role.VIEWER)).get("/").page();
    assertThat(viewer.select("#first")).isEmpty();
    var window = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    window.navigate(site.app.url() + "/");
    PageChecks.assertGood(window, "dashboard-first");
  }

  @Test
  void with_all_keys_disabled_the_first_section_offers_to_enable_them() {
    var keys = site.add("key", 3);
    site.setStatus(KeyStatus.DISABLED, keys);
    var page = browser.get("/").page();
    assertThat(page.select("#first")).isEmpty();
    assertThat(page.selectFirst("#live section").text()).contains("All disabled", "Enable 3 keys");
  }

  @Test
  void without_keys_of_the_sandbox_the_first_article_has_no_suggestions() {
    site.add("key", 3);
    var page = browser.get("/").page();
    assertThat(page.select("section:has(#first) a").attr("href")).isEqualTo("/articles/new");
    assertThat(page.select(".topic-chips")).isEmpty();
  }
}

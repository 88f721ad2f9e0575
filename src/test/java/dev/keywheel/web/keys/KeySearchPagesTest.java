package dev.keywheel.web.keys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.HeldRequests;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.Interception;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import dev.keywheel.support.Polls;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the pages show about a search that ends after 10,000 keys, and how it continues. */
@Tag("full")
class KeySearchPagesTest {
  @RegisterExtension final Chromium chromium = new Chromium();

  private static final String SEARCHED = "Searched 10,000 keys in this order. Others may match.";

  @AutoClose private static final KeysSite site = new KeysSite();
  private static HttpBrowser ada;

  /**
   * Two keys of the first part and one of the third contain q7; one key contains q8, and one q9.
   */
  @BeforeAll
  static void fill() {
    site.add("aaa", "sk-or-demo-valid-000001");
    site.database()
        .runTx(
            tx ->
                tx.dsl()
                    .execute(
                        """
                        insert into api_keys (id, workspace_id, provider, name, data_key_id, ciphertext, fingerprint, prefix, last_four,
                            status, status_since, added_at)
                        select gen_random_uuid(), t.workspace_id, t.provider,
                            'user' || lpad(n::text, 6, '0') || case n when 500 then ' q7' when 700 then ' q7' when 20100 then ' q7' when 20150 then ' q9' when 600 then ' q8' else '' end, t.data_key_id,
                            t.ciphertext, sha256(n::text::bytea), t.prefix, 'fghi', t.status, t.status_since, t.added_at
                        from api_keys t cross join generate_series(1, 20200) n\
                        """));
    ada = site.app.browser(site.app.admin());
  }

  @Test
  void the_list_says_where_the_search_ended_and_its_link_continues_there() {
    var first = page("/keys?q=q7");
    assertThat(first.select("tbody th")).hasSize(2);
    assertThat(first.select("#sorted-only").text()).isEqualTo(SEARCHED);
    assertThat(first.select(".pager-summary").text()).isEqualTo("Keys 1–2");
    assertThat(first.select(".bulk-all").text()).isEqualTo("All matching");
    assertThat(first.select("#test-matching").text()).isEqualTo("Test all matching keys");
    assertThat(first.select("#page-after").text()).isEqualTo("Search the next 10,000");
    var second = page(first.select("#page-after").attr("href"));
    assertThat(second.select(".empty-title").text()).isEqualTo("No match yet");
    assertThat(second.select(".empty-text").text()).isEqualTo(SEARCHED);
    var third = page(second.select("#page-after").attr("href"));
    assertThat(third.select("tbody th").text()).contains("user020100 q7");
    assertThat(third.select("#sorted-only, #page-after")).isEmpty();
    assertThat(third.select(".pager-summary").text()).isEqualTo("1 key shown");
    var back = page(third.select("#page-before").attr("href"));
    assertThat(back.select("#page-before").text()).isEqualTo("Search the previous 10,000");
    assertThat(page(back.select("#page-before").attr("href")).select("tbody th")).hasSize(2);
  }

  @Test
  void a_key_must_contain_every_word_in_any_order() {
    assertThat(page("/keys?q=q7+user000500").select("tbody th").text()).contains("user000500 q7");
    assertThat(page("/keys?q=00500+USER+q7").select("tbody th")).hasSize(1);
    assertThat(page("/keys?q=q8+user000500").select("tbody th")).isEmpty();
  }

  @Test
  void an_order_without_an_index_says_which_keys_are_searched() {
    var page = page("/keys?q=q7&sort=-used");
    assertThat(page.select("#sorted-only, .empty-text").text())
        .startsWith("Only the 10,000 keys assigned last are searched and sorted.");
    assertThat(page.select("#page-after")).isEmpty();
    var none = page("/keys?q=qq&sort=-used");
    assertThat(none.select(".empty-action a").first().text()).isEqualTo("Sort by name");
    assertThat(none.select(".empty-action a").first().attr("href")).isEqualTo("/keys?q=qq");
  }

  @Test
  void an_order_without_an_index_states_no_number_of_matching_keys() {
    var page = page("/keys?q=q7&sort=-used");
    assertThat(page.select("tbody th").text())
        .contains("user020100 q7")
        .doesNotContain("user000500");
    assertThat(page.select(".bulk-all").text()).isEqualTo("All matching");
    assertThat(page.select("#test-matching").text()).isEqualTo("Test all matching keys");
    assertThat(selectAll("/keys?q=q7&sort=-used")).isEqualTo("3 keys selected");
  }

  @Test
  void an_action_on_all_matching_keys_includes_keys_that_the_list_did_not_search() {
    assertThat(selectAll("/keys?q=q7")).isEqualTo("3 keys selected");
  }

  @Test
  void a_text_of_few_keys_is_found_at_any_position() {
    var page = page("/keys?q=020100");
    assertThat(page.select(".pager-summary").text()).isEqualTo("1 key");
    assertThat(page.select("#sorted-only")).isEmpty();
  }

  @Test
  void a_search_continues_automatically_until_a_key_matches() {
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys");
    var search = page.getByLabel("Search keys");
    search.fill("q9");
    assertThat(page.getByText("user020150 q9")).isVisible();
    assertThat(page).hasURL(Pattern.compile("q=q9.*after="));
    assertThat(page.locator(".pager-summary")).hasText("1 key shown");
    search.fill("qq");
    assertThat(page.locator("#keys-live .empty-title")).hasText("No key matched");
    assertThat(page.locator("#page-before")).hasText("Search from the beginning");
    assertThat(page.locator("#page-after")).hasCount(0);
    PageChecks.assertGood(page, "keys-search-end");
  }

  @Test
  void a_continued_search_is_labelled_as_such() {
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys");
    var held = new HeldRequests(page, url -> url.contains("by=search"));
    page.getByLabel("Search keys").fill("q9");
    assertThat(page.locator("#keys-live .empty-text"))
        .hasText("Searched 10,000 keys in this order. Searching further…");
    held.await();
    PageChecks.assertGood(page, "keys-searching");
    held.release();
    assertThat(page.getByText("user020150 q9")).isVisible();
  }

  @Test
  void the_pages_of_a_search_with_matches_are_valid_and_accessible() {
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    page.navigate(site.app.url() + "/keys?q=q7");
    assertThat(page.locator("#sorted-only")).hasText(SEARCHED);
    PageChecks.assertGood(page, "keys-search-part");
    page.navigate(site.app.url() + "/keys?q=qq&sort=-used");
    assertThat(page.getByText("Sort by name", new Page.GetByTextOptions().setExact(true)))
        .isVisible();
    PageChecks.assertGood(page, "keys-search-unsorted");
  }

  @Test
  void a_search_of_all_parts_without_a_match_says_so_and_leads_to_its_beginning() {
    var second = page(page("/keys?q=qq").select("#page-after").attr("href"));
    assertThat(second.select(".empty-title").text()).isEqualTo("No match yet");
    assertThat(second.select("#page-before")).as("nothing matched before").isEmpty();
    var third = page(second.select("#page-after").attr("href"));
    assertThat(third.select(".empty-title").text()).isEqualTo("No key matched");
    assertThat(third.select(".empty-text").text())
        .isEqualTo(
            "All keys were searched. Keys that were added or changed during the search may match.");
    assertThat(third.select("#page-after")).isEmpty();
    var beginning = third.select("#page-before");
    assertThat(beginning.text()).isEqualTo("Search from the beginning");
    assertThat(beginning.attr("href")).isEqualTo("/keys?q=qq");
    assertThat(beginning.attr("hx-get")).isEqualTo("/keys/rows?q=qq");
  }

  @Test
  void a_key_that_matches_since_its_part_was_searched_is_found_from_the_beginning() {
    var last = lastPart("/keys?q=q6");
    site.add("aab q6", "sk-or-demo-valid-000002");
    var again = page(last.select("#keys-live").attr("hx-get").replace("/keys/table", "/keys"));
    assertThat(again.select(".empty-title").text()).isEqualTo("No key matched");
    assertThat(page(again.select("#page-before").attr("href")).select("tbody th").text())
        .contains("aab q6");
  }

  @Test
  void a_match_in_the_last_part_also_leads_to_the_beginning() {
    var last = lastPart("/keys?q=q9");
    assertThat(last.select("tbody th").text()).contains("user020150 q9");
    assertThat(last.select("#page-before").text()).isEqualTo("Search from the beginning");
  }

  @Test
  void a_search_whose_last_part_has_no_match_says_so_about_the_rest() {
    var second = page(page("/keys?q=q8").select("#page-after").attr("href"));
    assertThat(second.select("#page-before").text()).isEqualTo("Previous");
    var third = page(second.select("#page-after").attr("href"));
    assertThat(third.select(".empty-title").text()).isEqualTo("No match in the rest of the list");
  }

  @Test
  void a_search_whose_next_part_is_refused_waits_for_the_next_poll() {
    var page = site.app.open(chromium, Look.DESKTOP, site.app.admin());
    chromium.tolerate(".*503.*");
    page.navigate(site.app.url() + "/keys");
    var refused = new AtomicInteger();
    Interception.route(
        page,
        url -> url.contains("by=search"),
        route -> {
          refused.incrementAndGet();
          route.fulfill(new Route.FulfillOptions().setStatus(503));
        });
    page.evaluate("() => { window.polls = 0; }");
    page.evaluate(
        "() => document.addEventListener('htmx:before:request', event => {"
            + " if (event.target.id === 'keys-live') window.polls += 1; })");
    page.getByLabel("Search keys").fill("q9");
    assertThat(page.locator("#keys-live .empty-text")).hasText(SEARCHED);
    for (int i = 0; i < 3; i++) {
      Polls.now(page);
    }
    int polls = (int) page.evaluate("() => window.polls");
    assertThat(refused.get()).isBetween(1, polls + 1);
  }

  private static Document lastPart(String list) {
    var page = page(list);
    while (!page.select("#page-after").isEmpty()) {
      page = page(page.select("#page-after").attr("href"));
    }
    return page;
  }

  private static String selectAll(String list) {
    var page = page(list);
    var answer =
        ada.post(
            "/keys/selection",
            "all",
            page.select("#select-all").attr("value"),
            "as-of",
            page.select("input[name=as-of]").attr("value"),
            "view",
            list);
    return answer.page().select("h1").text();
  }

  private static Document page(String path) {
    return ada.get(path).page();
  }
}

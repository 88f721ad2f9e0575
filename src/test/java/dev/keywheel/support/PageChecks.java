package dev.keywheel.support;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Page;
import java.util.List;

/** What every page is held to, whatever it shows. */
public final class PageChecks {
  private static final List<String> STANDARDS =
      List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice");

  private PageChecks() {}

  /** Accessible by the engine's rules, no wider than the window. */
  public static void assertGoodPage(Page page) {
    assertAccessible(page);
    assertNoSidewaysScroll(page);
  }

  /**
   * No violation of WCAG 2.2 AA or of the engine's best practices on the page as it is now. A frame
   * is left out: it is a document of its own, with a main landmark of its own.
   */
  public static void assertAccessible(Page page) {
    var violations =
        new AxeBuilder(page).exclude("iframe").withTags(STANDARDS).analyze().getViolations();
    assertTrue(
        violations.isEmpty(),
        () ->
            page.url() + "\n" + violations.stream().map(PageChecks::words).collect(joining("\n")));
  }

  /** Nothing sticks out: the page can be read without scrolling sideways. */
  public static void assertNoSidewaysScroll(Page page) {
    var wide =
        page.evaluate(
            """
            () => {
              const width = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= width) return '';
              return [...document.querySelectorAll('body *')]
                .filter(e => e.getBoundingClientRect().right > width + 1)
                .map(e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + '.' + e.className)
                .slice(0, 8).join(' ') || 'something';
            }
            """);
    assertEquals("", wide, () -> page.url() + " scrolls sideways because of");
  }

  private static String words(Rule rule) {
    return rule.getId()
        + " ("
        + rule.getImpact()
        + "): "
        + rule.getHelp()
        + rule.getNodes().stream()
            .limit(4)
            .map(
                node ->
                    "\n    "
                        + node.getTarget()
                        + "  "
                        + node.getHtml()
                        + "\n      "
                        + node.getFailureSummary())
            .collect(joining());
  }
}

package dev.keywheel.support;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Checks by the rules of axe-core: WCAG 2.2 AA and its best practices. Most rules check the
 * structure of the page, regardless of its width and theme. Frames are excluded, because each is a
 * document with its own main landmark.
 */
final class Axe {
  private static final List<String> STANDARDS =
      List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice");

  private static final String SCRIPT = script();

  /** A selection of the rules. */
  enum Rules {
    ALL(Map.of("runOnly", Map.of("type", "tag", "values", STANDARDS))),

    /**
     * All except the two rules that take as long as all others together: {@link TextContrast} and
     * {@link TargetSizes} replace them.
     */
    OF_STRUCTURE(
        Map.of(
            "runOnly",
            Map.of("type", "tag", "values", STANDARDS),
            "rules",
            Map.of(
                "color-contrast", Map.of("enabled", false),
                "target-size", Map.of("enabled", false)))),

    /** All rules that depend on the theme. */
    OF_COLOURS(
        Map.of(
            "runOnly",
            Map.of("type", "rule", "values", List.of("color-contrast", "link-in-text-block")))),

    SIZE_OF_TARGETS(Map.of("runOnly", Map.of("type", "rule", "values", List.of("target-size"))));

    private final Map<String, Object> options;

    Rules(Map<String, Object> options) {
      this.options = options;
    }
  }

  private Axe() {}

  /** Makes the engine available to scripts, as {@code axe}. */
  static void load(Page page) {
    if (Boolean.FALSE.equals(page.evaluate("() => 'axe' in window"))) {
      page.evaluate(SCRIPT);
    }
  }

  /** Checks the page in its current state. */
  static void assertNoViolation(Page page, Rules rules) {
    assertNoViolation(page, rules, "null");
  }

  /** Remembers the visible elements for {@link #assertNoViolationInWhatAppeared}. */
  static void rememberVisible(Page page) {
    page.evaluate(REMEMBER_VISIBLE);
  }

  /**
   * Checks the elements that became visible, or part of the page, since {@link #rememberVisible}.
   */
  static void assertNoViolationInWhatAppeared(Page page) {
    assertNoViolation(page, Rules.OF_STRUCTURE, APPEARED);
  }

  /**
   * @param parts an expression for a list of elements, or for null, which means the whole page
   */
  private static void assertNoViolation(Page page, Rules rules, String parts) {
    load(page);
    assertEquals("", page.evaluate(RUN.formatted(parts), rules.options), page::url);
  }

  private static final String RUN =
      """
      async rules => {
        const parts = %s;
        if (parts?.length === 0) return '';
        const found = await axe.run({...(parts && {include: parts}), exclude: [['iframe']]},
          {...rules, resultTypes: ['violations'], iframes: false});
        return found.violations.map(rule => `${rule.id} (${rule.impact}): ${rule.help}` +
          rule.nodes.slice(0, 4).map(n => `\\n    ${n.target}  ${n.html}\\n      ${n.failureSummary}`)
            .join('')).join('\\n');
      }
      """;

  private static final String REMEMBER_VISIBLE =
      """
      () => {
        window.wereVisible = new WeakSet([...document.body.querySelectorAll('*')]
          .filter(e => e.checkVisibility({visibilityProperty: true})));
      }
      """;

  /** The outermost elements that have appeared. */
  private static final String APPEARED =
      """
      [...document.body.querySelectorAll('*')].filter(e => !window.wereVisible.has(e)
        && (e.parentElement === document.body || window.wereVisible.has(e.parentElement))
        && e.checkVisibility({visibilityProperty: true}) && !e.matches('iframe'))\
      """;

  private static String script() {
    try (var script = Axe.class.getResourceAsStream("/axe.min.js")) {
      return new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

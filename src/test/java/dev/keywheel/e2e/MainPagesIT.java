package dev.keywheel.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.ForcedColors;
import dev.keywheel.RunningApp;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.ControlNames;
import dev.keywheel.support.Look;
import dev.keywheel.support.PageChecks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The main pages of a Keywheel that has keys, a batch and an article. */
@Tag("full")
class MainPagesIT {
  private static final Path NAMES = Path.of("src", "test", "resources", "control-names.txt");
  private static final String TOPIC = "How to work out a monthly loan payment";
  private static final List<ColorScheme> SCHEMES = List.of(ColorScheme.LIGHT, ColorScheme.DARK);

  @AutoClose private static final RunningApp app = RunningApp.start(SandboxOptions.demo());
  private static List<Cookie> cookies = List.of();
  private static final Map<String, String> PAGES = new LinkedHashMap<>();

  /** The layout shift of the page of a run, from its start to its end. */
  private static double shifted;

  /** The counts of {@link #watch}, by page and quantity. */
  private static final Map<String, Integer> MOVED = new HashMap<>();

  @RegisterExtension final Chromium chromium = new Chromium();

  /** Creates keys, a batch and an article once, before the first test. */
  @BeforeEach
  void createContent() {
    if (!PAGES.isEmpty()) {
      return;
    }
    var moving = new Visitor(app, chromium.open(Look.DESKTOP.withMotion()));
    moving.setUp();
    moving.addKeys(
        "sandbox",
        List.of(Visitor.key(1, "valid"), Visitor.key(2, "valid"), Visitor.key(3, "revoked")));
    cookies = moving.page.context().cookies();
    moving.press("Test all");
    assertThat(moving.page.locator(".keys-batch")).containsText("3 Sandbox keys tested");
    moving.generate(TOPIC, "sandbox");
    var run = moving.page.url().substring(app.url().length());
    var still = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    still.open(run);
    watch(moving.page);
    watch(still.page);
    moving.awaitRun("Completed");
    still.awaitRun("Completed");
    for (var quantity : List.of("places", "turns", "animated")) {
      MOVED.put("moving " + quantity, moved(moving.page, quantity));
      MOVED.put("still " + quantity, moved(still.page, quantity));
    }
    shifted = ((Number) moving.page.evaluate("() => window.seen.shifted")).doubleValue();
    recordPages(moving, run);
  }

  @Test
  void the_wheel_turns_when_operations_start_unless_reduced_motion_is_preferred() {
    assertThat(MOVED.get("moving places")).as("places of the pointer").isGreaterThan(1);
    assertThat(MOVED.get("still places")).as("places without motion").isGreaterThan(1);
    assertThat(MOVED.get("moving turns")).as("turns of the pointer").isPositive();
    assertThat(MOVED.get("still turns")).as("turns without motion").isZero();
    assertThat(MOVED.get("moving animated")).as("animations during the run").isPositive();
    assertThat(MOVED.get("still animated")).as("animations without motion").isZero();
  }

  @Test
  void nothing_moves_while_a_run_changes_from_queued_to_completed() {
    assertThat(shifted).isLessThan(0.02);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Dashboard", "Keys", "Recovery", "Run", "Article"})
  void the_main_pages_are_valid_and_accessible_in_every_theme_and_width(String name) {
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    visitor.open(Objects.requireNonNull(PAGES.get(name)));
    PageChecks.assertGoodInEveryLook(visitor.page, "main-" + name);
  }

  /** Records positions and transitions of the pointer, animations and layout shifts. */
  private static void watch(Page page) {
    page.evaluate(
        """
        () => {
          const seen = window.seen = {places: new Set(), turns: 0, animated: 0, shifted: 0};
          new PerformanceObserver(list => list.getEntries().forEach(entry => {
            if (!entry.hadRecentInput) seen.shifted += entry.value;
          })).observe({type: 'layout-shift', buffered: true});
          const look = () => {
            const pointer = document.querySelector('.seat-pointer');
            if (pointer) seen.places.add(pointer.getAttribute('transform'));
            seen.animated = Math.max(seen.animated, document.getAnimations().length);
          };
          document.addEventListener('transitionrun', event => {
            if (event.target.matches('.seat-pointer')) seen.turns++;
          });
          new MutationObserver(() => requestAnimationFrame(look))
            .observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
          look();
        }
        """);
  }

  private static int moved(Page page, String what) {
    return ((Number) page.evaluate("what => window.seen[what].size ?? window.seen[what]", what))
        .intValue();
  }

  private static void recordPages(Visitor visitor, String run) {
    var page = visitor.page;
    visitor.follow("Open article");
    page.waitForURL(app.url() + "/articles/*");
    var article = page.url().substring(app.url().length());
    visitor.open("/keys");
    var key = page.getByText(Visitor.name(1)).first().getAttribute("href");
    visitor.open("/recovery");
    var batch = page.locator("main a[href^='/recovery/']").first().getAttribute("href");
    PAGES.put("Dashboard", "/");
    PAGES.put("Keys", "/keys");
    PAGES.put("Add keys", "/keys/new");
    PAGES.put("One key", key);
    PAGES.put("Recovery", "/recovery");
    PAGES.put("Batch", batch);
    PAGES.put("Articles", "/articles");
    PAGES.put("New article", "/articles/new");
    PAGES.put("Run", run);
    PAGES.put("Article", article);
    PAGES.put("Editor", article + "/parts/section_1");
    PAGES.put("Requests", "/gateway/requests");
    PAGES.put("Access tokens", "/gateway/tokens");
    PAGES.put("Models", "/gateway/models");
    PAGES.put("Usage", "/usage");
    PAGES.put("Log", "/log");
    PAGES.put("Settings", "/settings");
    PAGES.put("Help", "/help");
  }

  /**
   * A changed name affects speech input, screen readers and tests. {@code -Dkeywheel.names=write}
   * updates the list.
   */
  @Test
  void the_names_of_the_controls_of_the_main_pages_match_the_list() throws IOException {
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    var lines = new ArrayList<String>();
    PAGES.forEach(
        (name, path) -> {
          visitor.open(path);
          visitor.page.evaluate(
              "() => document.querySelectorAll('main details').forEach(d => { d.open = true; })");
          if (lines.isEmpty()) {
            lines.add("# Every page");
            lines.addAll(ControlNames.within(visitor.page, ".bar"));
          }
          lines.add("# " + name);
          ControlNames.within(visitor.page, "main").stream()
              .map(MainPagesIT::lasting)
              .distinct()
              .forEach(lines::add);
        });
    if ("write".equals(System.getProperty("keywheel.names"))) {
      Files.write(NAMES, lines);
    }
    assertThat(lines).containsExactlyElementsOf(Files.readAllLines(NAMES));
  }

  @Test
  void on_a_phone_every_control_is_large_enough_for_a_finger() {
    var visitor = new Visitor(app, chromium.open(Look.PHONE, cookies));
    PAGES.forEach(
        (name, path) -> {
          visitor.open(path);
          PageChecks.assertFingerTargets(visitor.page);
        });
    visitor.open("/keys?status=failed");
    assertThat(visitor.page.locator(".chip-remove")).isVisible();
    PageChecks.assertFingerTargets(visitor.page);
  }

  @Test
  void at_400_percent_no_bar_stays_over_a_page_and_no_page_scrolls_sideways() {
    var visitor = new Visitor(app, chromium.open(Look.PHONE, cookies));
    visitor.page.setViewportSize(320, 256);
    PAGES.forEach(
        (name, path) -> {
          visitor.open(path);
          assertThat(visitor.page.locator(".bar, .nav").evaluateAll(POSITIONS))
              .as(name)
              .isEqualTo(List.of("static", "static"));
          assertThat(visitor.page.evaluate("document.documentElement.scrollWidth"))
              .as(name)
              .isEqualTo(320);
        });
  }

  private static final String POSITIONS = "bars => bars.map(bar => getComputedStyle(bar).position)";

  @Test
  void the_bar_has_one_row_and_its_entries_stay_where_they_are() {
    var visitor = new Visitor(app, chromium.open(Look.DESKTOP, cookies));
    var places = new HashSet<Object>();
    for (var path : List.of("/", "/keys", "/settings")) {
      visitor.open(path);
      places.add(visitor.page.locator(".nav a").evaluateAll(LEFT_EDGES));
    }
    assertThat(places).hasSize(1);
    var tabs = new HashSet<Object>();
    for (var path : List.of("/settings", "/settings/people", "/settings/account")) {
      visitor.open(path);
      tabs.add(visitor.page.locator(".tabs a").evaluateAll(LEFT_EDGES));
    }
    assertThat(tabs).hasSize(1);
    for (var width : List.of(641, 768, 901, 1080, 1401)) {
      visitor.page.setViewportSize(width, 700);
      var bar = Objects.requireNonNull(visitor.page.locator(".bar").boundingBox());
      assertThat(bar.height).as("at %d px", width).isLessThan(60);
    }
  }

  private static final String LEFT_EDGES =
      "links => links.map(link => link.getBoundingClientRect().left)";

  @ParameterizedTest
  @ValueSource(ints = {360, 1280})
  void nothing_moves_while_a_main_page_loads(int width) {
    var visitor =
        new Visitor(app, chromium.open(width == 360 ? Look.PHONE : Look.DESKTOP, cookies));
    visitor.page.addInitScript(
        """
        window.shifted = 0;
        new PerformanceObserver(list => list.getEntries().forEach(entry => {
          if (!entry.hadRecentInput) window.shifted += entry.value;
        })).observe({type: 'layout-shift', buffered: true});
        """);
    PAGES.forEach(
        (name, path) -> {
          visitor.open(path);
          visitor.page.evaluate(
              "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
          var shifted = (Number) visitor.page.evaluate("() => window.shifted");
          assertThat(shifted.doubleValue()).as(name).isLessThan(0.02);
        });
  }

  /** Replaces the parts of a name that depend on durations or on the number of lines. */
  private static String lasting(String line) {
    return line.replaceAll("\\d+ (s|min) ago|just now", "a moment ago")
        .replaceAll("\"(Line|Operation) \\d+\"", "\"$1 #\"");
  }

  @Test
  void in_forced_colours_no_information_depends_on_a_removed_colour() {
    var page = chromium.open(Look.DESKTOP, cookies);
    PAGES.forEach(
        (name, path) -> {
          page.navigate(app.url() + path);
          if (path.equals("/keys")) {
            page.getByLabel("Select " + Visitor.name(1)).check();
          }
          for (var scheme : SCHEMES) {
            forceColours(page, scheme);
            assertThat(page.evaluate(VANISHED)).as(name + " " + scheme).isEqualTo("");
            if (Boolean.getBoolean("keywheel.shots")) {
              Chromium.shot(page, "forced-" + name + "-" + scheme);
            }
          }
        });
    page.navigate(app.url() + "/keys");
    page.getByLabel("Select " + Visitor.name(1)).check();
    page.getByLabel("Search keys").focus();
    for (var scheme : SCHEMES) {
      forceColours(page, scheme);
      assertThat(
              page.locator("#bulk tbody tr")
                  .first()
                  .evaluate("row => getComputedStyle(row).outlineStyle"))
          .as("a selected row")
          .isEqualTo("solid");
      assertThat(page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle"))
          .as("the focus")
          .isNotEqualTo("none");
    }
  }

  private static void forceColours(Page page, ColorScheme scheme) {
    page.emulateMedia(
        new Page.EmulateMediaOptions().setForcedColors(ForcedColors.ACTIVE).setColorScheme(scheme));
  }

  /** Elements that have the same colour as their background, with the selectors that found them. */
  private static final String VANISHED =
      """
      () => {
        const probe = document.createElement('i');
        document.body.append(probe);
        const value = colour => { probe.style.color = colour; return getComputedStyle(probe).color; };
        const canvas = value('Canvas');
        const gone = [];
        const differs = (selector, ...of) => document.querySelectorAll(selector).forEach(e => {
          if (!e.checkVisibility()) return;
          const style = getComputedStyle(e, of[0].startsWith('::') ? of[0] : null);
          const seen = of.filter(p => !p.startsWith('::')).map(p => style[p]);
          if (seen.every(c => c === canvas || c === 'none' || c === 'rgba(0, 0, 0, 0)')) {
            gone.push(selector + ': ' + seen + ' in ' + e.outerHTML.slice(0, 90));
          }
        });
        differs('.badge, .chip, .button, progress', 'borderTopColor');
        differs('.shape', 'color');
        differs('.wheel-mark > circle, .wheel-mark > path, .seat circle', 'fill', 'stroke');
        differs('.wheel-arc, .wheel-reach, .wheel-orbit, .seat-orbit, .seat-hand', 'stroke');
        differs('.wheel-pointer, .seat-pointer > path, .wheel-count, .wheel-of, .seat-current', 'fill');
        differs('.nav a[aria-current]', '::after', 'backgroundColor');
        differs('.tabs a[aria-current], .segments a[aria-current], .strip-part[aria-current]', 'borderBottomColor', 'outlineColor');
        document.querySelectorAll('.wheel-mark text, .seat text').forEach(text => {
          const behind = getComputedStyle(text.parentNode.querySelector('circle, path')).fill;
          if (getComputedStyle(text).fill === behind) gone.push('text on its mark: ' + text.outerHTML);
        });
        const shapes = new Map();
        document.querySelectorAll('.wheel-arc').forEach(arc => {
          const style = getComputedStyle(arc);
          const shape = style.strokeDasharray + style.strokeWidth;
          if (shapes.has(shape)) gone.push('arcs alike: ' + arc.outerHTML);
          shapes.set(shape, arc);
        });
        probe.remove();
        return gone.join('\\n');
      }
      """;
}

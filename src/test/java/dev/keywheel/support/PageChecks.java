package dev.keywheel.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules that every page must meet. */
public final class PageChecks {
  /**
   * Further widths; the last one is a phone in portrait format at 100 %, or a desktop at 400 % zoom
   * (WCAG 1.4.10).
   */
  private static final List<Integer> OTHER_WIDTHS =
      List.of(Look.WIDE.width(), Look.TABLET.width(), 320);

  /** The widths at which axe checks the colours and the structure of a main page. */
  private static final Set<Integer> AXE_WIDTHS = Set.of(Look.DESKTOP.width(), Look.PHONE.width());

  private PageChecks() {}

  /**
   * Checks the page in its current state, wide in light colours and narrow in dark ones. The rules
   * of axe mostly check the structure of the page, so the second time they run only for elements
   * that were not visible the first time. With {@code -Dkeywheel.looks=all} runs {@link
   * #assertGoodInEveryLook}, which takes many times as long.
   */
  public static void assertGood(Page page, String name) {
    if ("all".equals(System.getProperty("keywheel.looks"))) {
      assertGoodInEveryLook(page, name);
      return;
    }
    assertValidHtml(page);
    ControlNames.assertSound(page);
    checkIn(page, name, Look.DESKTOP);
    assertAccessible(page);
    Axe.rememberVisible(page);
    checkIn(page, name, Look.PHONE_DARK);
    TextContrast.assertReadable(page);
    TargetSizes.assertLargeEnough(page);
    Axe.assertNoViolationInWhatAppeared(page);
    assertFitsEverywhere(page);
  }

  /**
   * Checks the page in its current state at each width and in each theme; for the main pages. On a
   * tablet and in a wide window, axe checks only elements that are not visible on a desktop,
   * because the structure is otherwise the same.
   */
  public static void assertGoodInEveryLook(Page page, String name) {
    assertValidHtml(page);
    ControlNames.assertSound(page);
    for (var look : Look.ALL) {
      checkIn(page, name, look);
      TextContrast.assertReadable(page);
      if (AXE_WIDTHS.contains(look.width())) {
        Axe.assertNoViolation(page, look.dark() ? Axe.Rules.OF_COLOURS : Axe.Rules.ALL);
      } else if (!look.dark()) {
        ControlNames.assertSound(page); // even when a part of a name is hidden at this width
        TargetSizes.assertLargeEnough(page);
        Axe.assertNoViolationInWhatAppeared(page);
      }
      if (look.equals(Look.DESKTOP)) {
        Axe.rememberVisible(page);
      }
    }
    assertFitsEverywhere(page);
  }

  /**
   * Checks the page in one look. {@code -Dkeywheel.shots=true} writes {@code
   * target/screenshots/{name}-{look}.png}.
   */
  private static void checkIn(Page page, String name, Look look) {
    page.setViewportSize(look.width(), look.height());
    scheme(page, look.dark());
    assertNoSidewaysScroll(page);
    if (Boolean.getBoolean("keywheel.shots")) {
      Chromium.shot(page, name + "-" + look.label());
    }
  }

  /**
   * Asserts that the page is not wider than the window, even on the narrowest phone, and that no
   * text is cut off with the text spacing of WCAG 1.4.12, at twice the zoom, and with twice the
   * text size (1.4.4). The page is loaded once; only the window changes.
   */
  private static void assertFitsEverywhere(Page page) {
    page.evaluate(ADD_STYLE, UNPAINTED);
    page.setViewportSize(Look.PHONE.width(), Look.PHONE.height());
    page.evaluate(ADD_STYLE, SPACED);
    assertNoSidewaysScroll(page);
    page.setViewportSize(Look.DESKTOP.width() / 2, Look.DESKTOP.height() / 2);
    assertNoSidewaysScroll(page);
    assertNothingCutOff(page);
    page.evaluate(REMOVE_STYLE);
    for (int width : OTHER_WIDTHS) {
      page.setViewportSize(width, Look.PHONE.height());
      assertNoSidewaysScroll(page);
    }
    page.evaluate(ADD_STYLE, LARGE);
    page.setViewportSize(Look.DESKTOP.width(), Look.DESKTOP.height());
    assertNoSidewaysScroll(page);
    assertNothingCutOff(page);
    page.evaluate(REMOVE_STYLE);
    page.evaluate(REMOVE_STYLE);
    scheme(page, false);
  }

  /** As a constructed style sheet, because the policy allows no inline style. */
  private static final String ADD_STYLE =
      """
      style => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(style);
        document.adoptedStyleSheets.push(sheet);
      }
      """;

  /** The browser lays the page out but does not paint it, which saves a fifth of the time. */
  private static final String UNPAINTED = "html { opacity: 0 !important; }";

  private static final String REMOVE_STYLE = "() => { document.adoptedStyleSheets.pop(); }";

  /**
   * Checks the page in its current state and look: accessible, valid, and not wider than the
   * window.
   */
  public static void assertGoodPage(Page page) {
    assertValidHtml(page);
    assertAccessible(page);
    ControlNames.assertSound(page);
    assertNoSidewaysScroll(page);
  }

  /** Checks the HTML as sent, if the address can be requested again, and the current DOM. */
  public static void assertValidHtml(Page page) {
    if (page.url().startsWith("http")) {
      var sent = page.request().get(page.url());
      if (sent.ok() && sent.headers().getOrDefault("content-type", "").startsWith("text/html")) {
        HtmlValidity.assertValid(page.url(), sent.text());
      }
    }
    HtmlValidity.assertValid(page.url() + ", in the window,", page.content());
  }

  /**
   * Asserts that the page in its current state has no violation of WCAG 2.2 AA or of axe's best
   * practices. Frames are excluded, because each is a document with its own main landmark.
   */
  public static void assertAccessible(Page page) {
    Axe.assertNoViolation(page, Axe.Rules.OF_STRUCTURE);
    TextContrast.assertReadable(page);
    TargetSizes.assertLargeEnough(page);
  }

  /**
   * Role and name of every control in the page's main part, in order, as announced by a screen
   * reader: {@code button "Save"}.
   */
  public static List<String> controls(Page page) {
    return CONTROL
        .matcher(page.locator("main").ariaSnapshot())
        .results()
        .map(control -> control.group(1) + " " + control.group(2))
        .toList();
  }

  /** Asserts that Tab moves through the whole page and out of it, and that the focus is visible. */
  public static void assertUsableByKeyboard(Page page) {
    page.locator(".skip").focus();
    var first = String.valueOf(page.evaluate(FOCUSED));
    var stops = new ArrayList<String>();
    for (int presses = 1; ; presses++) {
      page.keyboard().press("Tab");
      var stop = String.valueOf(page.evaluate(FOCUSED));
      if (stop.isEmpty() || stop.equals(first)) {
        break;
      }
      // The parts of a frame or of a date field are stops within the same element.
      boolean moved = stops.isEmpty() || !stops.getLast().equals(stop);
      boolean trapped = presses == MAX_STOPS || moved && stops.contains(stop);
      assertFalse(trapped, () -> page.url() + " traps the focus at " + stop + ": " + stops);
      assertTrue(stop.endsWith("seen"), () -> page.url() + " does not show the focus: " + stop);
      if (moved) {
        stops.add(stop);
      }
    }
    assertTrue(stops.size() > 3, () -> page.url() + " is left after " + stops);
  }

  /**
   * Makes the page write copied text to this variable, because a test cannot read the clipboard.
   */
  public static void captureCopies(Page page, String variable) {
    page.evaluate(
        "name => { navigator.clipboard.writeText = async text => { window[name] = text; }; }",
        variable);
  }

  /** Asserts that the page can be read without scrolling sideways. */
  public static void assertNoSidewaysScroll(Page page) {
    var wide = page.evaluate(SIDEWAYS);
    assertEquals("", wide, () -> page.url() + " scrolls sideways because of");
  }

  private static final String SIDEWAYS =
      """
      () => {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width) return '';
        return width + ' px: ' + ([...document.querySelectorAll('body *')]
          .filter(e => e.getBoundingClientRect().right > width + 1)
          .map(e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + '.' + e.className)
          .slice(0, 8).join(' ') || 'something');
      }
      """;

  /**
   * Asserts that every control is large enough for a finger, except links within a sentence and log
   * lines.
   */
  public static void assertFingerTargets(Page page) {
    assertEquals("", page.evaluate(TOO_SMALL), () -> page.url() + " has small targets");
  }

  private static final String TOO_SMALL =
      """
      () => [...document.querySelectorAll('a[href], button, summary, select, textarea, input:not([type=hidden])')]
        .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest('svg, [inert], .skip, .log') && e.tabIndex >= 0)
        .filter(e => !(e.matches('a') && getComputedStyle(e).display === 'inline'))
        .map(e => [e, (e.matches('[type=checkbox], [type=radio]') && e.closest('label') || e).getBoundingClientRect()])
        .filter(([e, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
        .map(([e, box]) => Math.round(box.width) + 'x' + Math.round(box.height) + ' ' + e.outerHTML.slice(0, 110))
        .slice(0, 12).join('\\n')
      """;

  /**
   * Asserts that no text is clipped by its container, unless it ends in an ellipsis or can be
   * scrolled to.
   */
  static void assertNothingCutOff(Page page) {
    assertEquals("", page.evaluate(CUT_OFF), () -> page.url() + " cuts off");
  }

  private static final String CUT_OFF =
      """
      () => [...document.querySelectorAll('body *')].filter(e => {
        const style = getComputedStyle(e);
        const control = e.matches('button, .button, .badge, .chip, .count, .demo-badge');
        const hides = direction => /hidden|clip/.test(direction) || control;
        if (!hides(style.overflowX) && !hides(style.overflowY)) return false;
        if (style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none') return false;
        if (style.clipPath !== 'none' || style.display === 'inline' || e.closest('svg')) return false;
        if (!e.checkVisibility()) return false;
        const cut = hides(style.overflowX) && e.scrollWidth > e.clientWidth + 2
          || hides(style.overflowY) && e.scrollHeight > e.clientHeight + 2;
        return cut && e.innerText?.trim();
      }).map(e => e.outerHTML.slice(0, 120) + ' ' + [e.scrollWidth, e.clientWidth, e.scrollHeight, e.clientHeight])
        .slice(0, 6).join('\\n')
      """;

  /** Doubles the text size; the window stays the same. */
  private static final String LARGE = ":root { font-size: 28px !important; }";

  private static final int MAX_STOPS = 300;
  private static final Pattern CONTROL =
      Pattern.compile(
          "- (link|button|textbox|searchbox|combobox|checkbox|radio|spinbutton)"
              + " (\"(?:[^\"\\\\]|\\\\.)*\")");

  /** The focused element: its position among all elements, its text, and whether it is visible. */
  private static final String FOCUSED =
      """
      () => {
        const it = document.activeElement;
        if (!it || it === document.body) return '';
        const style = getComputedStyle(it);
        const around = it.closest('label, .choice, li, form');
        const seen = [it, around, it.firstElementChild].some(e => e &&
          getComputedStyle(e).outlineStyle !== 'none') || style.boxShadow !== 'none';
        return [...document.querySelectorAll('*')].indexOf(it) + ' ' + it.tagName + ' '
          + (it.innerText || it.getAttribute('aria-label') || it.name || '').slice(0, 40)
          + (seen || it.tagName === 'IFRAME' ? ' seen' : ' unseen');
      }
      """;

  /** The text spacing of WCAG 1.4.12. */
  private static final String SPACED =
      "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em"
          + " !important; } p { margin-block-end: 2em !important; }";

  private static void scheme(Page page, boolean dark) {
    page.emulateMedia(
        new Page.EmulateMediaOptions().setColorScheme(dark ? ColorScheme.DARK : ColorScheme.LIGHT));
  }
}

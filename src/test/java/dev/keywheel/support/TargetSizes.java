package dev.keywheel.support;

import com.microsoft.playwright.Page;

/**
 * Checks the size of every control and its distance from others (WCAG 2.2, 2.5.8). A control of 24
 * by 24 pixels, or one alone in a circle of that diameter, passes if no other control overlaps it;
 * this takes a twentieth of the time of axe's rule. If a page has another control, axe's rule
 * decides: it knows which controls are exempt, and how much of a partly covered control remains
 * visible.
 */
final class TargetSizes {
  private TargetSizes() {}

  /** Checks the page in its current state. */
  static void assertLargeEnough(Page page) {
    if (!areLargeEnough(page)) {
      Axe.assertNoViolation(page, Axe.Rules.SIZE_OF_TARGETS);
    }
  }

  /** Whether the controls are certainly large enough, so that axe's rule is not needed. */
  static boolean areLargeEnough(Page page) {
    return Boolean.TRUE.equals(page.evaluate(LARGE_ENOUGH));
  }

  private static final String LARGE_ENOUGH =
      """
      () => {
        const least = 24;
        const clipped = e => e && (getComputedStyle(e).clipPath !== 'none' || clipped(e.parentElement));
        const targets = [...document.querySelectorAll('a, area, button, summary, select, textarea, input:not([type=hidden]),'
            + ' [role]:not([role=presentation], [role=none]), [tabindex], [contenteditable=true]')]
          .filter(e => e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true, opacityProperty: true})
            && !e.closest('[inert]') && !clipped(e))
          .map(e => e.getBoundingClientRect())
          .map(({left, right, top, bottom, width, height}) => ({left, right, top, bottom,
            x: left + width / 2, y: top + height / 2, small: width < least || height < least}))
          .sort((a, b) => a.top - b.top);
        const distance = (target, x, y) => Math.hypot(
          Math.max(target.left - x, x - target.right, 0), Math.max(target.top - y, y - target.bottom, 0));
        const apart = (a, b) => {
          if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) return false;
          if (a.small && distance(b, a.x, a.y) < least / 2 || b.small && distance(a, b.x, b.y) < least / 2) return false;
          return !(a.small && b.small) || Math.hypot(a.x - b.x, a.y - b.y) >= least;
        };
        for (let i = 0; i < targets.length; i++) {
          for (let j = i + 1; j < targets.length; j++) {
            if (!apart(targets[i], targets[j])) return false;
          }
        }
        return true;
      }
      """;
}

package dev.keywheel.support;

import com.microsoft.playwright.Page;

/**
 * The layout shifts of a page since the start of watching, except for those within 500 ms after an
 * input or a change of the window size.
 */
public final class LayoutShifts {
  private static final String WATCH =
      """
      () => {
        window.shifts = [];
        window.shiftObserver = new PerformanceObserver(list => shifts.push(...list.getEntries()));
        shiftObserver.observe({type: 'layout-shift'});
      }
      """;
  private static final String SHIFTED =
      """
      async () => {
        for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
        shifts.push(...shiftObserver.takeRecords());
        return shifts.filter(entry => !entry.hadRecentInput).reduce((sum, entry) => sum + entry.value, 0);
      }
      """;

  private final Page page;

  private LayoutShifts(Page page) {
    this.page = page;
  }

  public static LayoutShifts watch(Page page) {
    page.evaluate(WATCH);
    return new LayoutShifts(page);
  }

  public double sum() {
    return ((Number) page.evaluate(SHIFTED)).doubleValue();
  }
}

package dev.keywheel.web.usage;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.usage.UsageRange;
import java.time.Instant;

/** A period of the page. {@link UsageRange} computes its hours or days; days are UTC days. */
enum UsagePeriod implements StoredEnum {
  DAY("24h", "24 hours"),
  WEEK("7d", "7 days"),
  MONTH("30d", "30 days");

  private final String code;
  private final String label;

  UsagePeriod(String code, String label) {
    this.code = code;
    this.label = label;
  }

  @Override
  public String code() {
    return code;
  }

  String label() {
    return label;
  }

  /** Whether both hours and days can be shown. */
  boolean bothSteps() {
    return this == WEEK;
  }

  /**
   * @param byHour whether to use hours instead of days; ignored unless {@link #bothSteps}
   */
  UsageRange range(boolean byHour, Instant now) {
    return switch (this) {
      case DAY -> UsageRange.hours(24, now);
      case WEEK -> byHour ? UsageRange.days(7, now).byHour(now) : UsageRange.days(7, now);
      case MONTH -> UsageRange.days(30, now);
    };
  }
}

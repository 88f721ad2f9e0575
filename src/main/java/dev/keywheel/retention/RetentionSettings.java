package dev.keywheel.retention;

import dev.keywheel.settings.SettingsStore;

/**
 * Retention periods in days, the same for all workspaces. Articles outside the trash, and runs with
 * their attempts, are never removed.
 *
 * @param logDays lines of the execution log, except those of runs that have not ended
 * @param historyDays changes and tests of keys, and recoveries; a key always keeps its last {@link
 *     #KEPT_PER_KEY} changes and tests
 * @param rawDays raw replies of providers
 * @param previewDays previews and reports of key imports
 * @param auditDays entries of the audit log; 0 keeps them forever
 * @param gatewayDays requests of the gateway with their attempts
 * @param articleTrashDays deleted articles, except those whose run has not ended
 */
public record RetentionSettings(
    int logDays,
    int historyDays,
    int rawDays,
    int previewDays,
    int auditDays,
    int gatewayDays,
    int articleTrashDays) {
  private static final int GATEWAY_DAYS = 30;
  private static final int ARTICLE_TRASH_DAYS = 7;

  public static final String NAME = "retention";
  public static final RetentionSettings DEFAULT =
      new RetentionSettings(90, 180, 30, 7, 0, GATEWAY_DAYS, ARTICLE_TRASH_DAYS);

  /** Number of changes, and of tests, that a key keeps regardless of their age. */
  public static final int KEPT_PER_KEY = 50;

  /** Minimum number of days for log lines: users often ask only days later why a run failed. */
  public static final int MIN_LOG_DAYS = 7;

  public static final int MIN_DAYS = 1;

  /**
   * Minimum number of days for audit entries: incidents are often found late. The database refuses
   * to delete entries of the last 30 days.
   */
  public static final int MIN_AUDIT_DAYS = 90;

  /** Maximum number of days: ten years. */
  public static final int MAX_DAYS = 3650;

  /** Uses the default for a period that is missing in older stored settings. */
  public RetentionSettings {
    gatewayDays = gatewayDays == 0 ? GATEWAY_DAYS : gatewayDays;
    articleTrashDays = articleTrashDays == 0 ? ARTICLE_TRASH_DAYS : articleTrashDays;
  }

  public static RetentionSettings of(SettingsStore settings) {
    return settings.readInstance(NAME, RetentionSettings.class, DEFAULT);
  }
}

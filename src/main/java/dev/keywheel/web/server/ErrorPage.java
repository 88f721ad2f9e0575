package dev.keywheel.web.server;

import dev.keywheel.web.form.PendingForm;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The page for a request that failed or was refused.
 *
 * @param sentence what happened and what to do; never the message of an exception that was not
 *     written for users
 * @param retryAfter how long to wait until the same request may succeed; null if a retry does not
 *     help
 * @param requestId id of the request in the log; empty for a request that was not read
 * @param mayBeSaved whether the request possibly took effect, so that repeating it may do it twice
 * @param trash whether the requested key is in the trash
 * @param form the submitted form, so that it can be sent again; null when it is not kept
 */
public record ErrorPage(
    int status,
    String title,
    String sentence,
    @Nullable Duration retryAfter,
    String requestId,
    boolean mayBeSaved,
    boolean trash,
    @Nullable PendingForm form) {

  ErrorPage(
      int status, String title, String sentence, @Nullable Duration retryAfter, String requestId) {
    this(status, title, sentence, retryAfter, requestId, false, false, null);
  }

  ErrorPage with(@Nullable PendingForm kept) {
    return new ErrorPage(status, title, sentence, retryAfter, requestId, mayBeSaved, trash, kept);
  }
}

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
 * @param formPage the page of the form, to check whether the request took effect; null if it did
 *     not, so that it can be repeated
 * @param trash whether the requested key is in the trash
 * @param form the submitted form, so that it can be sent again; null when it is not kept
 */
public record ErrorPage(
    int status,
    String title,
    String sentence,
    @Nullable Duration retryAfter,
    String requestId,
    @Nullable String formPage,
    boolean trash,
    @Nullable PendingForm form) {

  ErrorPage(
      int status, String title, String sentence, @Nullable Duration retryAfter, String requestId) {
    this(status, title, sentence, retryAfter, requestId, null, false, null);
  }

  ErrorPage with(@Nullable PendingForm kept) {
    return new ErrorPage(status, title, sentence, retryAfter, requestId, formPage, trash, kept);
  }
}

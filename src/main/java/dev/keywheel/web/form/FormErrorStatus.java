package dev.keywheel.web.form;

import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.Duration;

/** Sets the status and headers of the response to a rejected form; the page has the message. */
public final class FormErrorStatus {
  private FormErrorStatus() {}

  /** Sets the status 422, or 429 with {@code Retry-After} if a later attempt may succeed. */
  public static void set(Context ctx, Rejected rejected) {
    ctx.status(HttpStatus.UNPROCESSABLE_CONTENT);
    if (rejected instanceof RateLimited many) {
      ctx.status(HttpStatus.TOO_MANY_REQUESTS);
      setRetryAfter(ctx, many.retryAfter());
    }
  }

  /** Sets {@code Retry-After} in whole seconds, rounded up; at least 1. */
  public static void setRetryAfter(Context ctx, Duration wait) {
    ctx.header("Retry-After", String.valueOf(Math.max(1, wait.plusMillis(999).toSeconds())));
  }
}

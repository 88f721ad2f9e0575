package dev.keywheel.web.form;

import dev.keywheel.problem.RateLimited;
import dev.keywheel.problem.Rejected;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.Duration;

/** What the answer to a refused form says beside its page, which has the sentence. */
public final class FormErrorStatus {
  private FormErrorStatus() {}

  /** 422; 429 with the time to wait when the same form may be sent again later. */
  public static void status(Context ctx, Rejected rejected) {
    ctx.status(HttpStatus.UNPROCESSABLE_CONTENT);
    if (rejected instanceof RateLimited many) {
      ctx.status(HttpStatus.TOO_MANY_REQUESTS);
      retryAfter(ctx, many.retryAfter());
    }
  }

  /** In whole seconds, rather one too long than too short. */
  public static void retryAfter(Context ctx, Duration wait) {
    ctx.header("Retry-After", String.valueOf(Math.max(1, wait.plusMillis(999).toSeconds())));
  }
}

package dev.keywheel.web.form;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.http.HttpException;
import org.jspecify.annotations.Nullable;

/** Bounds of a request body. */
public final class RequestSize {
  /**
   * Up to 10 MB of keys are imported at once, as a paste or a file; what is somewhat larger is
   * still read, so that it can be returned with an error. In memory only: a file would hold the
   * keys in clear.
   */
  public static final int LARGEST_MB = 24;

  public static final int LARGEST = LARGEST_MB * 1_000_000;

  /** A body larger than this is not even dropped. */
  private static final long LARGEST_DROPPED = 10L * LARGEST;

  private static final int PIECE = 65_536;

  private RequestSize() {}

  /**
   * Reads and drops a body that is too large, so that the browser shows the answer to it: one that
   * is still sending when the connection is closed shows its own error page.
   */
  static void drop(Context ctx, long length) {
    if (length > LARGEST_DROPPED) {
      return;
    }
    try (InputStream body = ctx.req().getInputStream()) {
      var piece = new byte[PIECE];
      while (body.read(piece) >= 0) {
        // not kept
      }
    } catch (IOException gone) {
      throw new TooLarge(LARGEST); // the client has closed the connection
    }
  }

  /**
   * The status for a body that could not be read: too large without having said so before, broken
   * off, or no form; 0 when that is not the reason.
   */
  public static int status(Throwable problem) {
    int status = 0;
    for (@Nullable Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (isTooLarge(cause)) {
        return HttpStatus.CONTENT_TOO_LARGE.getCode();
      }
      status = cause instanceof HttpException http && status == 0 ? http.getCode() : status;
    }
    return status;
  }

  /** Jetty has no type of its own for it, and wraps it into that of a malformed form. */
  private static boolean isTooLarge(Throwable problem) {
    String said = String.valueOf(problem.getMessage());
    return problem instanceof IllegalStateException
        && (said.startsWith("max length exceeded") || said.startsWith("Form is larger"));
  }
}

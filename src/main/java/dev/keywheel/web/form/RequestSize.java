package dev.keywheel.web.form;

import dev.keywheel.db.TransientErrors;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import org.eclipse.jetty.http.HttpException;

/** Limits of a request body. */
public final class RequestSize {
  /**
   * Maximum size of a body, in MB. An import takes up to 10 MB of keys; a larger one is read to
   * return an error. Bodies are kept in memory, because a file would contain keys in plain text.
   */
  public static final int LARGEST_MB = 24;

  /** {@link #LARGEST_MB} in bytes. */
  public static final int LARGEST = LARGEST_MB * 1_000_000;

  /** Maximum size, in bytes, of a body that is drained. */
  private static final long LARGEST_DRAINED = 10L * LARGEST;

  private static final int BUFFER_SIZE = 65_536;

  private RequestSize() {}

  /**
   * Drains a body that is too large. A browser that is still sending when the connection closes
   * shows its own error page instead of ours.
   */
  static void drain(Context ctx, long length) {
    if (length > LARGEST_DRAINED) {
      return;
    }
    try (InputStream body = ctx.req().getInputStream()) {
      var piece = new byte[BUFFER_SIZE];
      while (body.read(piece) >= 0) {
        // discarded
      }
    } catch (IOException gone) {
      throw new TooLarge(LARGEST); // the client has closed the connection
    }
  }

  /**
   * The status for a body that could not be read: because it is too large without a declared
   * length, aborted, not a form, or in an unknown charset; 0 for other exceptions.
   */
  public static int status(Throwable problem) {
    int status = 0;
    for (var cause : TransientErrors.causes(problem)) {
      if (isTooLarge(cause)) {
        return HttpStatus.CONTENT_TOO_LARGE.getCode();
      }
      if (cause instanceof UnsupportedCharsetException
          || cause instanceof IllegalCharsetNameException) {
        return HttpStatus.UNSUPPORTED_MEDIA_TYPE.getCode();
      }
      status = cause instanceof HttpException http && status == 0 ? http.getCode() : status;
    }
    return status;
  }

  /** Jetty has no exception type for a body that is too large, so this checks the message. */
  private static boolean isTooLarge(Throwable problem) {
    String message = String.valueOf(problem.getMessage());
    return problem instanceof IllegalStateException
        && (message.startsWith("max length exceeded") || message.startsWith("Form is larger"));
  }
}

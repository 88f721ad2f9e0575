package dev.keywheel.web.server;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a person reads when a request was not carried out.
 *
 * @param sentence what was wrong and what can be done; never an exception's own text unless that
 *     was written for people
 * @param retryAfter when the same request may work; null when time does not help
 * @param requestId finds the request in the server's log
 */
public record ErrorPage(
    int status, String title, String sentence, @Nullable Duration retryAfter, String requestId) {}

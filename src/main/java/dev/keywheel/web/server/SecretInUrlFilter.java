package dev.keywheel.web.server;

import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.secret.shape.SecretShape.Found;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Redirects, or for htmx rejects, requests with a key in a search parameter, because URLs end up in
 * histories, bookmarks and logs of proxies. No search for the key takes place, and only its last
 * four characters are shown.
 */
final class SecretInUrlFilter {
  private static final String SEARCH = "q";
  private static final String TOPIC = "topic";

  /** Parameters with typed text; others contain ids and tokens, which may look like keys. */
  private static final List<String> TEXT_PARAMETERS =
      List.of(SEARCH, "account", "tag", "model", "try", "run", TOPIC);

  private final View view;

  SecretInUrlFilter(View view) {
    this.view = view;
  }

  void check(Context ctx) {
    if (ctx.method() != HandlerType.GET || ctx.queryString() == null) {
      return;
    }
    Optional<Found> key = TEXT_PARAMETERS.stream().flatMap(name -> keys(ctx, name)).findFirst();
    if (key.isEmpty()) {
      return;
    }
    String sentence =
        keys(ctx, SEARCH).findAny().isPresent()
            ? "The search text contains a key ("
                + key.get().lastFour()
                + "), so nothing was searched. Search for its last four characters instead."
            : "%s contained a key (%s), so it was removed from the address."
                .formatted(
                    keys(ctx, TOPIC).findAny().isPresent() ? "The topic" : "A field",
                    key.get().lastFour());
    if (Htmx.isFragmentRequest(ctx)) {
      throw new Rejected(SEARCH, sentence);
    }
    view.flash(ctx, new Flash(Severity.WARN, sentence, null));
    ctx.redirect(without(ctx), HttpStatus.SEE_OTHER);
    ctx.skipRemainingHandlers();
  }

  private static Stream<Found> keys(Context ctx, String name) {
    return ctx.queryParams(name).stream()
        .flatMap(value -> SecretShape.PREFIXED.find(value).stream());
  }

  private static String without(Context ctx) {
    var url = Url.of(ctx.path());
    for (var parameter : ctx.queryParamMap().entrySet()) {
      String name = parameter.getKey();
      if (!TEXT_PARAMETERS.contains(name) || keys(ctx, name).findAny().isEmpty()) {
        for (String value : parameter.getValue()) {
          url = url.with(name, value);
        }
      }
    }
    return url.toString();
  }
}

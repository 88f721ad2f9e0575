package dev.keywheel.support;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import gg.jte.Content;
import gg.jte.generated.precompiled.Templates;
import io.javalin.http.HttpStatus;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;

/**
 * Shows pages made from example records, in the real layout and with the real request guard and
 * security policy, but without the services that create such records: for states that are rare or
 * slow to reach. The user is an administrator; the clock always shows {@link TestClock#START}. With
 * {@code -Dkeywheel.dev=true} templates and styles are read from their sources.
 */
public final class Gallery implements AutoCloseable {
  private static final String PATH = "/shown";
  private static final byte[] PIXEL =
      Base64.getDecoder()
          .decode(
              "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

  private final TestDatabase database = TestDatabase.create();
  private final WebApp app;
  private PageMeta pageMeta = PageMeta.titled("Nothing");
  private Content content = output -> output.writeContent("");

  /** Starts the server on a free port. */
  public Gallery() {
    app = WebApp.start(database.database(), new TestClock(), made -> List.of(screen(made)));
  }

  private Screen screen(WebApp made) {
    return (Routes routes) -> {
      routes.get(PATH, RequiredRole.VIEWER, ctx -> made.web.page(ctx, pageMeta, content));
      // a poll that is in flight when its page is closed is no longer answered by the page's route
      routes.get("/<other>", RequiredRole.VIEWER, ctx -> ctx.status(HttpStatus.NO_CONTENT));
    };
  }

  /** Opens a page made from these templates in a new window. */
  public Page show(
      Chromium chromium, Look look, PageMeta shownHead, Function<Templates, Content> shown) {
    pageMeta = shownHead;
    content = shown.apply(app.web.templates());
    var page = app.open(chromium, look, app.admin());
    page.route(Gallery::isSentByPage, Gallery::answerEmpty);
    page.navigate(app.url() + PATH);
    return page;
  }

  /**
   * Whether this is a request that a page sends by itself: any but the page, its styles and its
   * scripts.
   */
  private static boolean isSentByPage(String url) {
    return !url.contains("/static/") && !url.endsWith(PATH);
  }

  private static void answerEmpty(Route route) {
    var picture = route.request().resourceType().equals("image");
    route.fulfill(
        picture
            ? new Route.FulfillOptions().setContentType("image/png").setBodyBytes(PIXEL)
            : new Route.FulfillOptions().setStatus(204));
  }

  @Override
  public void close() {
    app.close();
    database.close();
  }
}

package dev.keywheel.support;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.Cookie;
import dev.keywheel.db.Ids;
import dev.keywheel.people.Audit;
import dev.keywheel.people.Sessions;
import dev.keywheel.people.Setup;
import dev.keywheel.web.Access;
import dev.keywheel.web.Head;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Web;
import dev.keywheel.web.WebOptions;
import dev.keywheel.web.WebServer;
import gg.jte.Content;
import gg.jte.generated.precompiled.Templates;
import io.javalin.http.Context;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Shows pages from example records in the real layout, behind the real gate and policy, without the
 * services that would make those records: for states that are rare or slow to reach. Somebody is
 * signed in as administrator; the clock stands at {@link TestClock#START}.
 */
public final class Gallery implements AutoCloseable, Screen {
  public static final String EMAIL = "ada@example.com";

  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final Web web;
  private final WebServer server;
  private final Cookie session;
  private Head head = Head.titled("Nothing");
  private Content content = output -> output.writeContent("");

  /** Started, on a free port. */
  public Gallery() {
    var random = new SecureRandom();
    var sessions = new Sessions(database.database(), random);
    var options =
        new WebOptions("127.0.0.1", 0, Optional.empty(), Boolean.getBoolean("keywheel.dev"));
    web = new Web(options, sessions, random, clock);
    server = new WebServer(web, () -> false, List.of(this));
    server.start();
    session =
        new Cookie("sid", signedIn(sessions, random))
            .setUrl("http://127.0.0.1:" + server.port() + "/");
  }

  private String signedIn(Sessions sessions, SecureRandom random) {
    var db = database.database();
    var setup = new Setup(db, new Audit(db, clock), new Ids(clock, random), random, clock);
    var person = setup.create(setup.token().orElseThrow(), EMAIL, "seven turning wheels");
    return db.inTx(
        tx ->
            sessions.open(
                tx, person.userId(), person.workspaceId(), "127.0.0.1", "test", clock.instant()));
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/shown", Access.VIEWER, this::answer);
  }

  private void answer(Context ctx) {
    web.view().page(ctx, head, content);
  }

  /** Opens a page made of these templates in a fresh window. */
  public Page show(
      Chromium chromium, Look look, Head shownHead, Function<Templates, Content> shown) {
    head = shownHead;
    content = shown.apply(web.templates());
    var page = chromium.open(look, List.of(session));
    page.route(this::asksByItself, Gallery::nothingNew);
    page.navigate("http://127.0.0.1:" + server.port() + "/shown");
    return page;
  }

  /** Polls, pictures, frames: all but the page and its styles and scripts. */
  private boolean asksByItself(String url) {
    return !url.contains("/static/") && !url.endsWith("/shown");
  }

  private static void nothingNew(Route route) {
    route.fulfill(new Route.FulfillOptions().setStatus(204));
  }

  /** The moment at which the shown pages are looked at. */
  public TestClock clock() {
    return clock;
  }

  @Override
  public void close() {
    server.close();
    database.close();
  }
}

package dev.keywheel.support;

import static java.util.stream.Collectors.joining;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.Cookie;
import dev.keywheel.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;

/**
 * A real browser for a test: {@code @RegisterExtension final Chromium chromium = new Chromium();},
 * then {@link #open}.
 *
 * <p>Playwright is not thread-safe, so each test thread has its own; each opened page has its own
 * context (no shared cookies). After a test all its pages are closed. The test fails if one of them
 * wrote an error to the console (as for a violation of the content security policy), threw, or
 * requested another host, unless the test allowed it with {@link #tolerate}.
 */
public final class Chromium
    implements BeforeEachCallback, AfterTestExecutionCallback, AfterEachCallback {
  private static final Namespace NAMESPACE = Namespace.create(Chromium.class);
  private static final List<String> FLAGS =
      List.of(
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--disable-dev-shm-usage",
          // A test's page is too short-lived for optimised code to be worth its compilation.
          "--js-flags=--no-turbofan,--no-maglev");
  private static final Pattern SERVER =
      Pattern.compile("http://(?:127\\.0\\.0\\.1|localhost):(\\d+)");
  private static final Pattern UNREACHED = Pattern.compile("net::ERR_|Failed to fetch");
  private static final int MAX_SHOWN = 10;
  private static final double TIMEOUT_MILLIS = 60_000;

  private final Map<BrowserContext, Runnable> contexts = new LinkedHashMap<>();
  private final List<String> troubles = new ArrayList<>();
  private final List<Pattern> tolerated = new ArrayList<>();
  private Browser browser;

  /** Opens a blank page in a new context. */
  public Page open(Look look) {
    return open(look, List.of());
  }

  /**
   * Opens a page with the cookies of another page, for example to show a signed-in page in another
   * look.
   */
  public Page open(Look look, List<Cookie> cookies) {
    var exchanges = Exchanges.recorded(look.options());
    return open(exchanges.options(), cookies, exchanges::watch);
  }

  /**
   * Opens a page that leaves requests open. Its responses are not recorded, because recording waits
   * for their end.
   */
  public Page openUnrecorded(Look look, List<Cookie> cookies) {
    return open(look.options(), cookies, () -> {});
  }

  private Page open(NewContextOptions options, List<Cookie> cookies, Runnable onceClosed) {
    var context = browser.newContext(options);
    contexts.put(context, onceClosed);
    context.setDefaultTimeout(TIMEOUT_MILLIS);
    PlaywrightAssertions.setDefaultAssertionTimeout(TIMEOUT_MILLIS);
    context.addCookies(cookies);
    context.onPage(this::watch);
    return context.newPage();
  }

  /** Allows console errors and page errors that contain a match of this regular expression. */
  public void tolerate(String regex) {
    tolerated.add(Pattern.compile(regex));
  }

  /** Errors and warnings of the pages so far, including tolerated ones. */
  public List<String> troubles() {
    return List.copyOf(troubles);
  }

  /** Writes the whole page to {@code target/screenshots/{name}.png}. */
  public static Path shot(Page page, String name) {
    var file = Path.of("target", "screenshots", name + ".png");
    page.screenshot(new Page.ScreenshotOptions().setPath(file).setFullPage(true));
    return file;
  }

  private void watch(Page page) {
    page.onConsoleMessage(
        message -> {
          if (message.type().equals("error")) {
            troubles.add("console: " + message.text() + " at " + message.location());
          }
        });
    page.onDownload(Chromium::search);
    page.onPageError(error -> troubles.add("thrown: " + error));
    page.onRequest(
        request -> {
          if (leavesThisMachine(request.url())) {
            troubles.add("requested another host: " + request.url());
          }
        });
  }

  /** The browser's record of its exchanges does not contain downloaded files. */
  private static void search(Download download) {
    if (download.failure() != null) {
      return; // cancelled by a page that was closed
    }
    try {
      var file = Files.readAllBytes(download.path());
      Canary.watch("the download of " + download.suggestedFilename(), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean leavesThisMachine(String url) {
    if (!url.startsWith("http") && !url.startsWith("ws")) {
      return false; // data:, blob:, about:
    }
    var host = URI.create(url.replaceAll("[?#].*", "")).getHost();
    return !List.of("127.0.0.1", "localhost").contains(String.valueOf(host));
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    LoggedFailures.record();
    var store = context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE);
    var crashed = store.get(Thread.currentThread(), Launched.class);
    if (crashed != null && !crashed.browser().isConnected()) {
      store.remove(Thread.currentThread()); // one test has failed; the next one gets a new browser
      crashed.playwright().close();
    }
    browser =
        store
            .computeIfAbsent(Thread.currentThread(), thread -> Launched.start(), Launched.class)
            .browser();
  }

  /** Closes the pages before the test stops its server, which an open page would still poll. */
  @Override
  public void afterTestExecution(ExtensionContext context) {
    closePages();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    closePages();
    var unexpected =
        troubles.stream()
            .distinct()
            .filter(
                trouble -> tolerated.stream().noneMatch(pattern -> pattern.matcher(trouble).find()))
            .filter(trouble -> !isCausedByStoppedServer(trouble))
            .limit(MAX_SHOWN)
            .toList();
    if (!unexpected.isEmpty() && context.getExecutionException().isEmpty()) {
      var complaints = String.join("\n", unexpected);
      throw new AssertionError(
          complaints.contains("status of 500")
              ? "The browser complained:\n%s\nLogged last:\n%s"
                  .formatted(complaints, LoggedFailures.last())
              : "The browser complained:\n" + complaints);
    }
    if (!unexpected.isEmpty()) {
      context.publishReportEntry("browser", unexpected.stream().collect(joining("\n")));
    }
  }

  /**
   * Closes all pages; {@link Canary} searches what they received. Interceptions end first, because
   * Playwright changes those of a page after each request, which fails while the page is closing.
   */
  void closePages() {
    contexts.forEach(
        (opened, onceClosed) -> {
          opened.pages().forEach(Page::unrouteAll);
          opened.close();
          onceClosed.run();
        });
    contexts.clear();
  }

  /** A page may still poll while the test stops its server; this is not a fault of the page. */
  private static boolean isCausedByStoppedServer(String trouble) {
    var server = SERVER.matcher(trouble);
    return UNREACHED.matcher(trouble).find()
        && server.find()
        && !listens(Integer.parseInt(server.group(1)));
  }

  private static boolean listens(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The browser that Keywheel would use: {@code KEYWHEEL_CHROMIUM}, or the first known name on
   * {@code PATH}. Fails if there is none, because a browser test must not be skipped silently.
   */
  public static Path executable() {
    var environment = new HashMap<String, String>();
    for (var name : List.of("KEYWHEEL_CHROMIUM", "PATH")) {
      Optional.ofNullable(System.getenv(name)).ifPresent(value -> environment.put(name, value));
    }
    return Config.from(environment)
        .chromium()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "The browser tests need Chromium or Chrome: install one, or set KEYWHEEL_CHROMIUM to its path"));
  }

  /**
   * One running browser of one thread. JUnit closes it with its session, which lasts as long as the
   * process: Surefire makes a request for each class, and a start takes seconds.
   */
  private record Launched(Playwright playwright, Browser browser) implements AutoCloseable {
    static Launched start() {
      var playwright =
          Playwright.create(
              new Playwright.CreateOptions()
                  .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
      var options = new BrowserType.LaunchOptions().setExecutablePath(executable()).setArgs(FLAGS);
      return new Launched(playwright, playwright.chromium().launch(options));
    }

    @Override
    public void close() {
      browser.close();
      playwright.close();
    }
  }
}

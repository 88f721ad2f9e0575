package dev.keywheel;

import dev.keywheel.config.Config.FirstAdministrator;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Performs the first actions of a user on a new node while the JVM records an AOT cache: signs in
 * as the first administrator, loads and tests the sample keys, opens the pages and starts an
 * article. With a cache of the start alone, the first requests would load most of their classes and
 * take twice as long.
 */
final class TrainingRun {
  private static final List<String> PAGES =
      List.of(
          "/",
          "/dashboard/live",
          "/keys",
          "/keys/rows",
          "/keys/new",
          "/articles",
          "/articles/new",
          "/runs",
          "/log",
          "/recovery",
          "/usage",
          "/gateway/requests",
          "/settings",
          "/help");

  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final Pattern TOKEN = Pattern.compile("name=\"csrf\" value=\"([^\"]+)\"");

  private final HttpClient client =
      HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
  private final URI address;

  TrainingRun(URI address) {
    this.address = address;
  }

  /**
   * @throws IllegalStateException when a request fails, because the cache would then lack the
   *     classes that the request loads
   */
  void run(FirstAdministrator administrator) {
    post("/login", "/login", "email", administrator.email(), "password", administrator.password());
    post("/keys/new", "/keys/samples");
    post("/recovery", "/recovery");
    PAGES.forEach(this::get);
    post(
        "/articles/new",
        "/articles",
        "topic",
        "How much water a garden needs",
        "provider",
        "sandbox");
    PAGES.forEach(this::get);
  }

  private String get(String path) {
    return send(path, request(path).GET());
  }

  /**
   * Sends a form.
   *
   * @param page path of the page that contains the CSRF token
   * @param fields name, value, name, value …
   */
  private void post(String page, String path, String... fields) {
    var token = TOKEN.matcher(get(page));
    if (!token.find()) {
      throw new IllegalStateException(page + " has no form");
    }
    var form = new StringBuilder("csrf=").append(encoded(token.group(1)));
    for (int i = 0; i < fields.length; i += 2) {
      form.append('&').append(fields[i]).append('=').append(encoded(fields[i + 1]));
    }
    send(
        path,
        request(path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Sec-Fetch-Site", "same-origin")
            .POST(HttpRequest.BodyPublishers.ofString(form.toString())));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(address.resolve(path)).timeout(TIMEOUT);
  }

  private String send(String path, HttpRequest.Builder request) {
    try {
      var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() >= 400) {
        throw new IllegalStateException(path + " was answered with " + answer.statusCode());
      }
      return answer.body();
    } catch (IOException e) {
      throw new IllegalStateException(path + " was not answered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The training run was interrupted", e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}

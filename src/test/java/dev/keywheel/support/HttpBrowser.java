package dev.keywheel.support;

import static java.util.stream.Collectors.joining;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;

/**
 * A browser without JavaScript: stores cookies, and sends forms with a CSRF token and an {@code
 * Origin} header. Does not follow redirects. Every page and fragment that it receives must be valid
 * HTML.
 */
public final class HttpBrowser {
  private static final Pattern COOKIE = Pattern.compile("([^=]+)=([^;]*)(.*)");
  private static final Pattern TOKEN = Pattern.compile("name=\"csrf\" value=\"([^\"]+)\"");

  public record Answer(int status, Map<String, List<String>> headers, String body) {
    public Optional<String> header(String name) {
      return headers.entrySet().stream()
          .filter(header -> header.getKey().equalsIgnoreCase(name))
          .map(header -> header.getValue().getFirst())
          .findFirst();
    }

    public String location() {
      return header("Location").orElseThrow(() -> new AssertionError("no redirect: " + status));
    }

    public Document page() {
      return Jsoup.parse(body);
    }

    /** The text of the page without markup. */
    public String text() {
      return page().text();
    }
  }

  private final HttpClient client;
  private final URI server;
  private final Map<String, String> cookies = new LinkedHashMap<>();

  public HttpBrowser(URI server) {
    this(
        server,
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(60))
            .build());
  }

  /**
   * @param client must not follow redirects
   */
  public HttpBrowser(URI server, HttpClient client) {
    this.server = server;
    this.client = client;
  }

  /** The same browser, with its cookies, at another address. */
  public HttpBrowser at(URI otherServer) {
    var other = new HttpBrowser(otherServer);
    other.cookies.putAll(cookies);
    return other;
  }

  public void cookie(String name, String value) {
    cookies.put(name, value);
  }

  public Optional<String> cookie(String name) {
    return Optional.ofNullable(cookies.get(name));
  }

  /** Requests a page. {@code headers}: name, value, name, value … */
  public Answer get(String path, String... headers) {
    return send(request(path, headers).GET());
  }

  /** Requests a page and returns only its length in bytes, for measuring the server. */
  public int fetchSize(String path) {
    return fetchUnchecked(path).body().length;
  }

  /** Requests a page and returns its status. */
  public int status(String path) {
    return fetchUnchecked(path).statusCode();
  }

  private HttpResponse<byte[]> fetchUnchecked(String path) {
    try {
      var whole = HttpResponse.BodyHandlers.ofByteArray();
      return client.send(request(path).GET().build(), whole);
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Requests the headers of a page. */
  public Answer head(String path) {
    return send(request(path).HEAD());
  }

  /** Sends a form with the token of this browser. {@code fields}: name, value … */
  public Answer post(String path, String... fields) {
    return post(path, pairs(fields), token());
  }

  /** Sends a form with this token, like a page of the browser. */
  public Answer post(String path, List<Map.Entry<String, String>> fields, String token) {
    var all = new ArrayList<>(fields);
    all.add(Map.entry("csrf", token));
    return send(form(path, all, "Sec-Fetch-Site", "same-origin"));
  }

  /**
   * Sends a form with a file in its field {@code file}, like a browser in which a file was chosen.
   */
  public Answer upload(String path, String name, byte[] file, String... fields) {
    var boundary = "----keywheel" + file.length;
    var head = new StringBuilder();
    var all = new ArrayList<>(pairs(fields));
    all.add(Map.entry("csrf", token()));
    all.forEach(
        field ->
            head.append(
                "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                    .formatted(boundary, field.getKey(), field.getValue())));
    head.append(
        "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n"
            .formatted(boundary, name));
    head.append("Content-Type: application/octet-stream\r\n\r\n");
    var body = new ByteArrayOutputStream();
    body.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
    body.writeBytes(file);
    body.writeBytes("\r\n--%s--\r\n".formatted(boundary).getBytes(StandardCharsets.UTF_8));
    return send(
        request(path, "Sec-Fetch-Site", "same-origin")
            .header("Content-Type", "multipart/form-data; boundary=" + boundary)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())));
  }

  /** Sends a form with only these headers, as another site or a script would. */
  public Answer postRaw(String path, List<Map.Entry<String, String>> fields, String... headers) {
    return send(form(path, fields, headers));
  }

  /** A token that belongs to this browser's cookies. */
  public String token() {
    var field = TOKEN.matcher(answer(request("/login/again").GET().build()).body());
    if (!field.find()) {
      throw new AssertionError("no token in the sign-in form");
    }
    return field.group(1);
  }

  private HttpRequest.Builder form(
      String path, List<Map.Entry<String, String>> fields, String... headers) {
    var body =
        fields.stream()
            .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
            .collect(joining("&"));
    return request(path, headers)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private HttpRequest.Builder request(String path, String... headers) {
    var request = HttpRequest.newBuilder(server.resolve(path)).timeout(Duration.ofSeconds(60));
    if (!cookies.isEmpty()) {
      request.header(
          "Cookie",
          cookies.entrySet().stream()
              .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
              .collect(joining("; ")));
    }
    pairs(headers).forEach(header -> request.header(header.getKey(), header.getValue()));
    return request;
  }

  private Answer send(HttpRequest.Builder request) {
    var sent = request.build();
    var answer = answer(sent);
    var type = answer.header("Content-Type").orElse("");
    if (type.startsWith("text/html") && !answer.body().isEmpty()) {
      HtmlValidity.assertValid(sent.uri().getPath(), answer.body());
    }
    return answer;
  }

  private Answer answer(HttpRequest sent) {
    try {
      var response = client.send(sent, HttpResponse.BodyHandlers.ofByteArray());
      var what = sent.method() + " " + sent.uri().getPath();
      var body = new String(response.body(), StandardCharsets.UTF_8);
      Canary.watch("an address", sent.uri().toString());
      Canary.watch("the headers of " + sent.uri().getPath(), response.headers().map().toString());
      Canary.watchPage(what, body);
      Canary.watchPacked("the answer to " + what, response.body());
      response.headers().allValues("Set-Cookie").forEach(this::storeCookie);
      return new Answer(response.statusCode(), response.headers().map(), body);
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void storeCookie(String header) {
    var cookie = COOKIE.matcher(header);
    if (!cookie.matches()) {
      return;
    }
    if (cookie.group(3).contains("Max-Age=0")) {
      cookies.remove(cookie.group(1));
    } else {
      cookies.put(cookie.group(1), cookie.group(2));
    }
  }

  private static List<Map.Entry<String, String>> pairs(String... namesAndValues) {
    return IntStream.range(0, namesAndValues.length / 2)
        .mapToObj(i -> Map.entry(namesAndValues[2 * i], namesAndValues[2 * i + 1]))
        .toList();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}

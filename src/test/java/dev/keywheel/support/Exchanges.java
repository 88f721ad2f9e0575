package dev.keywheel.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.options.HarContentPolicy;
import dev.keywheel.db.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * The requests and responses of one browser context, as the browser records them when the context
 * is closed.
 */
record Exchanges(NewContextOptions options, Path file) {
  /**
   * Excludes styles and scripts: these files are the same for each page, and half of the recorded
   * data.
   */
  private static final Pattern NOT_STATIC = Pattern.compile("^https?://[^/]+/(?!static/).*");

  static Exchanges recorded(NewContextOptions options) {
    try {
      var file = Files.createTempFile("keywheel", ".har");
      options
          .setRecordHarPath(file)
          .setRecordHarContent(HarContentPolicy.EMBED)
          .setRecordHarUrlFilter(NOT_STATIC);
      return new Exchanges(options, file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Searches all responses for secrets, once the context is closed. */
  void watch() {
    try {
      Json.MAPPER.readTree(file.toFile()).at("/log/entries").forEach(Exchanges::watch);
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void watch(JsonNode entry) {
    var address = entry.at("/request/url").asText();
    Canary.watch("an address", address);
    Canary.watch("the headers of " + address, entry.at("/response/headers").toString());
    var body = entry.at("/response/content");
    var text = body.path("text").asText();
    var request = entry.at("/request/method").asText() + " " + URI.create(address).getPath();
    if (body.path("encoding").asText().equals("base64")) {
      Canary.watch("the answer to " + request, Base64.getDecoder().decode(text));
    } else {
      Canary.watchPage(request, text);
    }
  }
}

package dev.keywheel.web.server;

import dev.keywheel.db.Sha256;
import dev.keywheel.problem.NotFound;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Stylesheets, scripts and images. All files of {@code css/} are served as one stylesheet and all
 * of {@code js/} as one script. The URL contains a hash of the content, so browsers cache a file
 * permanently.
 *
 * <p>Order: {@code layers.css} before all other styles; {@code js/vendor/} sorted by name, then
 * {@code app.js}, then the rest.
 */
final class Assets {
  static final String STYLESHEET = "app.css";
  static final String SCRIPT = "app.js";
  static final String PREFIX = "/static/";

  private static final String IMMUTABLE = "public, max-age=31536000, immutable";

  /** An {@code Accept-Encoding} with gzip, unless its quality is zero. */
  private static final Pattern GZIP =
      Pattern.compile(
          "(?:^|,)\\s*gzip(?=\\s*(?:[;,]|$))(?!\\s*;\\s*q\\s*=\\s*0(?:\\.0*)?\\s*(?:,|$))",
          Pattern.CASE_INSENSITIVE);

  private static final Map<String, String> TYPES =
      Map.of(
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml; charset=utf-8",
          "png", "image/png",
          "woff2", "font/woff2",
          "txt", "text/plain; charset=utf-8");

  /**
   * @param packed the compressed bytes, computed only once because anyone can request the file
   *     without a session
   */
  private record File(byte[] bytes, byte[] packed, String hash, String type) {}

  private final @Nullable Path watched;
  private volatile Map<String, File> files;

  private Assets(Map<String, File> files, @Nullable Path watched) {
    this.files = files;
    this.watched = watched;
  }

  /** The files in the class path, read and packed once, even for several servers in a process. */
  static Assets builtIn() {
    return BuiltIn.ASSETS;
  }

  private static final class BuiltIn {
    static final Assets ASSETS = read();
  }

  private static Assets read() {
    try {
      var root = Assets.class.getResource("/static");
      if (root == null) {
        throw new IllegalStateException("The resources under static/ are missing");
      }
      return new Assets(readResource(root.toURI()), null);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The files of a folder, read again for each page, for development. */
  static Assets watching(Path folder) {
    return new Assets(read(folder), folder);
  }

  private static Map<String, File> readResource(URI root) {
    if (!root.getScheme().equals("jar")) {
      return read(Path.of(root));
    }
    try (var jar = FileSystems.newFileSystem(root, Map.of())) {
      return read(jar.getPath("/static"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, File> read(Path root) {
    var contents = new TreeMap<String, byte[]>();
    try (var walk = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
      for (var path : walk.filter(Files::isRegularFile).toList()) {
        contents.put(root.relativize(path).toString().replace('\\', '/'), Files.readAllBytes(path));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    contents.put(STYLESHEET, joined(contents, "css/", ".css", "layers.css"));
    contents.put(SCRIPT, joined(contents, "js/", ".js", "app.js"));
    return contents.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(Map.Entry::getKey, e -> file(e.getKey(), e.getValue())));
  }

  private static byte[] joined(
      Map<String, byte[]> contents, String folder, String ending, String first) {
    return contents.keySet().stream()
        .filter(name -> name.startsWith(folder) && name.endsWith(ending))
        .sorted(
            Comparator.comparing((String name) -> !name.startsWith(folder + "vendor/"))
                .thenComparing(name -> !name.equals(folder + first))
                .thenComparing(Comparator.naturalOrder()))
        .map(name -> new String(contents.getOrDefault(name, new byte[0]), StandardCharsets.UTF_8))
        .collect(Collectors.joining("\n"))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static File file(String name, byte[] bytes) {
    var type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    return new File(
        bytes,
        packed(bytes),
        Sha256.hex(bytes).substring(0, 16),
        type == null ? "application/octet-stream" : type);
  }

  private static byte[] packed(byte[] bytes) {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  /** The URL of a file, such as {@code img/keywheel.svg}, or of a bundle. */
  String url(String name) {
    if (watched != null) {
      files = read(watched);
    }
    var file = files.get(name);
    if (file == null) {
      throw new IllegalArgumentException("There is no file static/" + name);
    }
    return PREFIX + file.hash() + "/" + name;
  }

  /** Answers {@code /static/{hash}/<name>}. An old hash gets the current file, uncached. */
  void serve(Context ctx) {
    var file = files.get(ctx.pathParam("name"));
    if (file == null) {
      throw NotFound.noPage();
    }
    var current = file.hash().equals(ctx.pathParam("hash"));
    ctx.header("Cache-Control", current ? IMMUTABLE : "no-cache");
    ctx.header("Vary", "Accept-Encoding").contentType(file.type()).disableCompression();
    @Nullable String accepted = ctx.header("Accept-Encoding");
    if (accepted != null && GZIP.matcher(accepted).find()) {
      ctx.header("Content-Encoding", "gzip").result(file.packed());
    } else {
      ctx.result(file.bytes());
    }
  }
}

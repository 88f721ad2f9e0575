package dev.keywheel.support;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipInputStream;
import org.jsoup.Jsoup;

/**
 * The secrets of the test run, and the places where they must never appear. Every test takes part,
 * because the search is for the format of a key, which the keys of all tests have. {@link
 * CanaryWatch} and the test servers, browsers and databases pass each text to {@link #watch}; a
 * leak fails the test in which it is found.
 */
public final class Canary {
  /**
   * Longer than the parts of a key that may be shown: its first twelve characters, followed by a
   * character other than its thirteenth.
   */
  private static final Pattern KEY = Pattern.compile("sk-(?:or|ant|proj)-[A-Za-z0-9_-]{7,}");

  private static final String PREFIX = "sk-";

  /** The key-encryption key and the password of the tests, which are secrets as well. */
  private static final List<String> OTHERS = List.of(TestPool.KEK, WebApp.PASSWORD);

  private static final int SHOWN = 12;
  private static final int AROUND = 80;

  /** A larger archive is searched only up to this number of files, and reported as a leak. */
  private static final int MAX_FILES = 1_000;

  private static final int LARGEST_FILE = 50_000_000;
  private static final Queue<String> leaks = new ConcurrentLinkedQueue<>();

  /**
   * The responses and elements that may contain a key: the field of a refused form, returned to the
   * user who pasted the key there, and a secret that an administrator revealed.
   */
  private enum Allowed {
    PASTE("POST /keys/(imports|replacements)", "textarea[name=keys]"),
    REVEALED("POST /keys/[0-9a-f-]{36}/revelation", ".revealed");

    private final Pattern request;
    private final String element;

    Allowed(String request, String element) {
      this.request = Pattern.compile(request);
      this.element = element;
    }

    boolean appliesTo(String methodAndPath) {
      return request.matcher(methodAndPath).matches();
    }
  }

  private Canary() {}

  /**
   * Searches a text for secrets.
   *
   * @param channel source of the text, named in the failure
   */
  static void watch(String channel, String text) {
    found(text).ifPresent(where -> leaks.add(channel + ": " + where));
  }

  /**
   * Searches an answer to {@code request} ({@code POST /path}), except for the allowed elements.
   */
  static void watchPage(String request, String body) {
    if (found(body).isEmpty()) {
      return;
    }
    var page = Jsoup.parse(body);
    for (var allowed : Allowed.values()) {
      if (allowed.appliesTo(request)) {
        page.select(allowed.element).remove();
      }
    }
    watch("the answer to " + request, page.outerHtml());
  }

  /** Searches bytes, compressed or not. */
  static void watch(String channel, byte[] bytes) {
    watch(channel, new String(bytes, StandardCharsets.ISO_8859_1));
    watchPacked(channel, bytes);
  }

  /** Searches compressed content in the bytes. */
  static void watchPacked(String channel, byte[] bytes) {
    try {
      if (begins(bytes, 0x1f, 0x8b)) {
        watch(channel + ", unpacked", utf8(new GZIPInputStream(new ByteArrayInputStream(bytes))));
      } else if (begins(bytes, 'P', 'K', 3, 4)) {
        watchEntries(channel, bytes);
      }
    } catch (IOException notPacked) {
      // The bytes begin like a compressed format but are not compressed.
    }
  }

  private static void watchEntries(String channel, byte[] archive) throws IOException {
    try (var files = new ZipInputStream(new ByteArrayInputStream(archive))) {
      int seen = 0;
      for (var file = files.getNextEntry(); file != null; file = files.getNextEntry()) {
        watch("the names in " + channel, file.getName());
        var bytes = files.readNBytes(LARGEST_FILE);
        if (++seen > MAX_FILES || files.read() >= 0) {
          leaks.add(channel + ": more content than is searched, from " + file.getName() + " on");
          return;
        }
        watch(file.getName() + " in " + channel, bytes);
      }
    }
  }

  private static boolean begins(byte[] bytes, int... start) {
    return bytes.length >= start.length
        && IntStream.range(0, start.length).allMatch(i -> (bytes[i] & 0xff) == start[i]);
  }

  private static String utf8(InputStream text) throws IOException {
    try (text) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Searches every file below a folder that Keywheel wrote, if it exists. */
  public static void watchFiles(Path folder) {
    try {
      Files.walkFileTree(folder, new EachFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Skips missing files, because a server that was just killed may still delete one. */
  private static final class EachFile extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      watch("the file " + file.getFileName(), Files.readAllBytes(file));
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException gone) {
      return FileVisitResult.CONTINUE;
    }
  }

  /** Searches an output line of another process. */
  public static void watchOutput(String line) {
    watch("the output of a started Keywheel", line);
  }

  /** Searches a request that a provider received, except for its Authorization header. */
  public static void watchRequest(String text) {
    watch("a request to the provider, apart from its Authorization header", text);
  }

  static boolean hasLeaks() {
    return !leaks.isEmpty();
  }

  /** The leaks since the last call, each secret truncated to the part that may be shown. */
  static List<String> takeLeaks() {
    var taken = leaks.stream().toList();
    leaks.removeAll(taken);
    return taken.stream().distinct().toList();
  }

  /** The first secret of the text, truncated, with the text before it. */
  private static Optional<String> found(String text) {
    int at = text.indexOf(PREFIX);
    for (; at >= 0; at = text.indexOf(PREFIX, at + 1)) {
      if (KEY.matcher(text).region(at, text.length()).lookingAt()) {
        return Optional.of(cut(text, at));
      }
    }
    return OTHERS.stream()
        .filter(text::contains)
        .findFirst()
        .map(it -> cut(text, text.indexOf(it)));
  }

  private static String cut(String text, int at) {
    var before = text.substring(Math.max(0, at - AROUND), at);
    return "…" + before + text.substring(at, Math.min(text.length(), at + SHOWN)) + "…";
  }
}

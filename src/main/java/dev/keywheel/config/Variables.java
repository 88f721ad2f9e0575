package dev.keywheel.config;

import dev.keywheel.db.DatabaseAddress;
import dev.keywheel.net.TrustedProxies;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Parses single variables; an empty one counts as unset. */
record Variables(Map<String, String> environment) {
  static final int MAX_PORT = 65_535;

  Optional<String> text(String name) {
    return Optional.ofNullable(environment.get(name)).map(String::strip).filter(v -> !v.isEmpty());
  }

  /** Refuses the first variable if the second, without which it has no effect, is unset. */
  void requires(String name, String other) {
    if (text(name).isPresent() && text(other).isEmpty()) {
      throw new ConfigProblem(
          "%s is set without %s and has no effect alone; set both, or unset %s"
              .formatted(name, other, name));
    }
  }

  int number(String name, int fallback, int most) {
    var given = text(name);
    if (given.isEmpty()) {
      return fallback;
    }
    try {
      int number = Integer.parseInt(given.get());
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw wrong(name, given.get(), "a number from 0 to " + most);
  }

  /** One of these words; the first if unset. */
  String oneOf(String name, String... words) {
    var given = text(name).orElse(words[0]);
    if (!List.of(words).contains(given)) {
      throw wrong(name, given, String.join(" or ", words));
    }
    return given;
  }

  boolean onOrOff(String name, boolean fallback) {
    return switch (text(name).orElse(fallback ? "on" : "off")) {
      case "on" -> true;
      case "off" -> false;
      case String other -> throw wrong(name, other, "on or off");
    };
  }

  /** An http or https URL without user, query or fragment; trailing slashes are removed. */
  Optional<URI> url(String name) {
    return text(name).map(given -> parsedUrl(name, given, "https://example.org/api/v1", _ -> true));
  }

  /** Like {@link #url}, without a path; as browsers write it in the header {@code Origin}. */
  Optional<URI> site(String name) {
    var allowed = "https://keys.example.org, without a path";
    return text(name)
        .map(given -> parsedUrl(name, given, allowed, uri -> uri.getRawPath().isEmpty()))
        .map(Variables::origin);
  }

  /** The site with its host in lower case, and without the default port. */
  private static URI origin(URI site) {
    int defaultPort = site.getScheme().equals("https") ? 443 : 80;
    return URI.create(
        site.getScheme()
            + "://"
            + site.getHost().toLowerCase(Locale.ROOT)
            + (site.getPort() < 0 || site.getPort() == defaultPort ? "" : ":" + site.getPort()));
  }

  private static URI parsedUrl(
      String name, String given, String allowed, Predicate<URI> condition) {
    try {
      var uri = new URI(given.replaceFirst("/+$", ""));
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (web
          && uri.getHost() != null
          && hasPossiblePort(uri)
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null
          && condition.test(uri)) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // reported below
    }
    throw wrong(name, withoutCredentials(given), "an address such as " + allowed);
  }

  /** The URL with an ellipsis in place of its password, query and fragment. */
  private static String withoutCredentials(String url) {
    return url.replaceFirst(".*@", "…@").replaceFirst("([?#]).*", "$1…");
  }

  /** URI accepts ports of any size. */
  static boolean hasPossiblePort(URI uri) {
    return uri.getPort() <= MAX_PORT;
  }

  /** Networks of trusted proxies; none if unset. */
  TrustedProxies proxies(String name) {
    var given = text(name);
    try {
      return given.map(TrustedProxies::parse).orElse(TrustedProxies.NONE);
    } catch (IllegalArgumentException e) {
      throw wrong(
          name, given.orElse(""), "networks separated by commas, such as 10.0.0.0/8,2001:db8::/32");
    }
  }

  /** The address of a database. An error omits it, because it may contain a password. */
  Optional<DatabaseAddress> database(String name) {
    try {
      return text(name).map(DatabaseAddress::parse);
    } catch (IllegalArgumentException e) {
      throw new ConfigProblem(
          name + " cannot be read as the address of a database; " + e.getMessage());
    }
  }

  /** The first line of the file named by the variable. */
  Optional<String> secretFile(String name) {
    return text(name)
        .map(
            given -> {
              try (var lines = Files.lines(Path.of(given))) {
                return lines.findFirst().orElse("").strip();
              } catch (IOException | UncheckedIOException | InvalidPathException e) {
                throw wrong(name, given, "the path of a file that can be read");
              }
            });
  }

  /** The program named by the variable, or the first of these found on the PATH. */
  Optional<Path> program(String name, List<String> otherwise) {
    return text(name)
        .map(given -> executable(name, given))
        .or(() -> otherwise.stream().flatMap(this::onPath).findFirst());
  }

  private Stream<Path> onPath(String program) {
    return Stream.of(text("PATH").orElse("").split(File.pathSeparator))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, program))
        .filter(Variables::isProgram);
  }

  private static boolean isProgram(Path path) {
    return Files.isRegularFile(path) && Files.isExecutable(path);
  }

  private static Path executable(String name, String given) {
    var path = Path.of(given);
    if (!isProgram(path)) {
      throw wrong(name, given, "the path of an executable file");
    }
    return path;
  }

  private static ConfigProblem wrong(String name, String given, String allowed) {
    return new ConfigProblem(name + " is \"" + given + "\"; allowed: " + allowed);
  }
}

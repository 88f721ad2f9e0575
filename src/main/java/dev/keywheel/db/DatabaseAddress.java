package dev.keywheel.db;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** JDBC URL and credentials. {@link #toString} omits the password. */
public record DatabaseAddress(String jdbcUrl, Optional<String> user, Optional<String> password) {

  private static final String HOST = "(\\[[^]/?@]*]|[^:/?@,]*)(:\\d+)?";

  /**
   * A URL without a user or a password before the host. The driver does not support them there, and
   * its errors would repeat them.
   */
  private static final Pattern JDBC =
      Pattern.compile("jdbc:postgresql:(//" + HOST + "(," + HOST + ")*(/[^@?]*)?|[^@?/]*)(\\?.*)?");

  /**
   * Parses {@code jdbc:postgresql://…} and the {@code postgres://user:password@host:port/name} of
   * hosting platforms.
   *
   * @throws IllegalArgumentException for any other form; the message omits the address, which may
   *     hold a password
   */
  public static DatabaseAddress parse(String address) {
    if (address.startsWith("jdbc:postgresql:")) {
      if (!JDBC.matcher(address).matches()) {
        throw unreadable();
      }
      return new DatabaseAddress(address, Optional.empty(), Optional.empty());
    }
    if (!address.startsWith("postgres://") && !address.startsWith("postgresql://")) {
      throw unreadable();
    }
    URI uri;
    try {
      uri = new URI(address);
    } catch (URISyntaxException e) {
      throw unreadable();
    }
    if (uri.getHost() == null || uri.getPath() == null || uri.getPath().length() < 2) {
      throw unreadable();
    }
    var port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    var jdbc = "jdbc:postgresql://" + uri.getHost() + port + uri.getRawPath() + query;
    var login = Optional.ofNullable(uri.getRawUserInfo()).map(info -> info.split(":", 2));
    return new DatabaseAddress(
        jdbc,
        login.map(parts -> decoded(parts[0])),
        login.filter(parts -> parts.length == 2).map(parts -> decoded(parts[1])));
  }

  /** The same address, with the given password if it contains none. */
  public DatabaseAddress with(Optional<String> otherPassword) {
    return new DatabaseAddress(jdbcUrl, user, password.or(() -> otherPassword));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static IllegalArgumentException unreadable() {
    return new IllegalArgumentException(
        "allowed: jdbc:postgresql://host:port/name or postgres://user:password@host:port/name");
  }

  /** The address for display: no user, password or parameters. */
  public String shown() {
    return jdbcUrl.replaceFirst("\\?.*$", "");
  }

  @Override
  public String toString() {
    return shown();
  }
}

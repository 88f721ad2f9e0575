package dev.keywheel.db;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.postgresql.Driver;

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
   * A user name or a password, without separators and with valid escapes only: the decoder's error
   * would repeat an invalid one.
   */
  private static final String LOGIN = "(?:[^%s@/?#%%\\s]|%%\\p{XDigit}{2})*";

  /**
   * Not parsed as a URI: the host of a URI cannot contain an underscore, which the name of a
   * service in Docker Compose may have.
   */
  private static final Pattern URL =
      Pattern.compile(
          ("postgres(?:ql)?://(?:(?<user>%1$s)(?::(?<password>%2$s))?@)?"
                  + "(?<place>(?![:,/])%3$s(,(?![:,/])%3$s)*/[^?#\\s]+(\\?[^#\\s]*)?)")
              .formatted(LOGIN.formatted(":"), LOGIN.formatted(""), HOST));

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
    var url = URL.matcher(address);
    if (!url.matches()) {
      throw unreadable();
    }
    return new DatabaseAddress(
        "jdbc:postgresql://" + url.group("place"),
        Optional.ofNullable(url.group("user")).map(DatabaseAddress::decoded),
        Optional.ofNullable(url.group("password")).map(DatabaseAddress::decoded));
  }

  /** The same address, with the given password if it contains none. */
  public DatabaseAddress with(Optional<String> otherPassword) {
    return new DatabaseAddress(jdbcUrl, user, password.or(() -> otherPassword));
  }

  /** The JDBC URL with further options of the server, which override those of the address. */
  String withOptions(String more) {
    var url = Driver.parseURL(jdbcUrl, null); // null for an invalid port
    var all = url == null ? more : url.getProperty("options", "") + " " + more;
    return jdbcUrl
        + (jdbcUrl.contains("?") ? "&" : "?")
        + "options="
        + URLEncoder.encode(all, StandardCharsets.UTF_8);
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

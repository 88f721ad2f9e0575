package dev.keywheel.article.page;

import dev.keywheel.problem.Rejected;
import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The public address of an article and its responsible author, which only the publisher knows.
 *
 * @param address absolute, http or https; null while unknown
 * @param author a name; may be empty
 * @param publisher a name; may be empty
 */
public record Publication(@Nullable String address, String author, String publisher) {
  public static final Publication NONE = new Publication(null, "", "");

  /** The picture, relative to the page. */
  public static final String PICTURE = "images/cover.png";

  private static final int MAX_LENGTH = 2_000;

  /** The URL of the picture: absolute if the address of the page is known, otherwise relative. */
  public String picture() {
    return address == null ? PICTURE : URI.create(address).resolve(PICTURE).toString();
  }

  /**
   * Parses an address.
   *
   * @return null if the text is empty
   * @throws Rejected for {@code field} when the text is not an absolute http or https URL of at
   *     most 2,000 characters, or has a fragment or credentials
   */
  public static @Nullable String address(String field, String typed) {
    var text = typed.strip();
    if (text.isEmpty()) {
      return null;
    }
    try {
      var uri = withAsciiHost(new URI(text));
      var scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      var address = withPath(uri).toASCIIString();
      if (address.length() <= MAX_LENGTH
          && (scheme.equals("https") || scheme.equals("http"))
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawFragment() == null) {
        return address;
      }
    } catch (URISyntaxException | IllegalArgumentException e) {
      // Rejected below.
    }
    throw new Rejected(
        field,
        "Enter an address like https://example.org/blog/tea: http or https, with a host, without # and without a user name or password; up to 2,000 characters.");
  }

  /**
   * The address with its host in ASCII, as browsers send it: {@code xn--mller-kva.example}. If the
   * conversion would change the host to a different one, for example because of an ß, the host is
   * not converted, and the address is then refused.
   */
  private static URI withAsciiHost(URI uri) throws URISyntaxException {
    var host = uri.getRawAuthority();
    if (uri.getHost() != null || host == null) {
      return uri;
    }
    var ascii = IDN.toASCII(host);
    return IDN.toUnicode(ascii).equalsIgnoreCase(host)
        ? new URI(uri.toString().replaceFirst(Pattern.quote(host), Matcher.quoteReplacement(ascii)))
        : uri;
  }

  private static URI withPath(URI uri) throws URISyntaxException {
    var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return "".equals(uri.getRawPath())
        ? new URI(uri.getScheme() + "://" + uri.getRawAuthority() + "/" + query)
        : uri;
  }
}

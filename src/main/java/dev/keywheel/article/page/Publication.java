package dev.keywheel.article.page;

import dev.keywheel.problem.Rejected;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where an article will stand in public, and who stands for it: what only its publisher can say.
 *
 * @param address absolute, http or https; null while it is not known
 * @param author a name; may be empty
 * @param publisher a name; may be empty
 */
public record Publication(@Nullable String address, String author, String publisher) {
  /** Nothing is known yet. */
  public static final Publication NONE = new Publication(null, "", "");

  /** Where the picture is, beside the page. */
  public static final String PICTURE = "images/cover.png";

  private static final int LONGEST = 2_000;

  /** The picture's address: absolute when the page's is known, else as seen from the page. */
  public String picture() {
    return address == null ? PICTURE : URI.create(address).resolve(PICTURE).toString();
  }

  /**
   * An address as somebody typed it.
   *
   * @return null for nothing
   * @throws Rejected at {@code field} when it is not an absolute http or https address without
   *     fragment and credentials
   */
  public static @Nullable String address(String field, String typed) {
    var text = typed.strip();
    if (text.isEmpty()) {
      return null;
    }
    try {
      var uri = new URI(text);
      var scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      var address = withPath(uri).toASCIIString();
      if (address.length() <= LONGEST
          && (scheme.equals("https") || scheme.equals("http"))
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawFragment() == null) {
        return address;
      }
    } catch (URISyntaxException e) {
      // Falls through: said below.
    }
    throw new Rejected(
        field,
        "An address like https://example.org/blog/tea: http or https, with a host, without # and without a name or password; up to 2,000 characters.");
  }

  private static URI withPath(URI uri) throws URISyntaxException {
    var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return "".equals(uri.getRawPath())
        ? new URI(uri.getScheme() + "://" + uri.getRawAuthority() + "/" + query)
        : uri;
  }
}

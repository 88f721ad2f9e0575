package dev.keywheel.web.secondfactor;

import dev.keywheel.db.BoundedText;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.page.Url;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * The set-up of an authenticator app.
 *
 * @param secret the secret in base32
 */
public record AppPage(String email, String secret, Fields fields) {
  private static final String ISSUER = "Keywheel";
  private static final int GROUP_LENGTH = 4;

  /** Maximum length of the account name, which is cut to fit into a QR code. */
  private static final int LONGEST_NAME = 100;

  /** The URI in the QR code. */
  String uri() {
    var name = BoundedText.start(email, LONGEST_NAME);
    var account = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    return Url.of("otpauth://totp/" + ISSUER + ":" + account)
        .with("secret", secret)
        .with("issuer", ISSUER)
        .toString();
  }

  public QrSvg qrCode() {
    return QrSvg.of(uri());
  }

  /** The secret in groups of four characters, for typing. */
  public String grouped() {
    return secret.replaceAll("(.{" + GROUP_LENGTH + "})(?=.)", "$1 ");
  }

  @Override
  public String toString() {
    return "AppPage[email=" + email + ", secret=…]";
  }
}

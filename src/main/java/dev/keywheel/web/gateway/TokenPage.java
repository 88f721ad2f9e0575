package dev.keywheel.web.gateway;

import dev.keywheel.gateway.token.TokenDetail.SecretInfo;
import dev.keywheel.web.page.Htmx;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One access token.
 *
 * @param newId the id of the token that the form for a revoked one creates
 * @param defaultOffered whether requests without a model get the default model
 * @param issued a newly issued secret, shown once; null if none was issued
 */
public record TokenPage(
    UUID newId,
    BaseUrl base,
    TokenLine line,
    TokenForm form,
    String model,
    boolean defaultOffered,
    @Nullable IssuedPage issued,
    Instant now) {

  /** How long the old secret stays valid after a rotation. */
  public enum Grace {
    NONE("Not at all: programs with the old secret stop working immediately", 0),
    HOUR("1 hour", 1),
    DAY("1 day", 24),
    WEEK("7 days", 24 * 7),
    MONTH("30 days", 24 * 30);

    private final String label;
    private final int hours;

    Grace(String label, int hours) {
      this.label = label;
      this.hours = hours;
    }

    public String label() {
      return label;
    }

    public int hours() {
      return hours;
    }
  }

  /** The current settings as the form shows them when the page is opened. */
  public Object saved() {
    return TokenForm.of(line.token().settings(), form.offered()).shown();
  }

  /** The secrets that the page shows. A rotation is carried out only once for each version. */
  public String secretsVersion() {
    return Htmx.version(line.token().secrets());
  }

  /** Earlier secrets of the token that are still valid after a rotation. */
  public List<SecretInfo> inGrace() {
    return line.token().secrets().stream()
        .filter(
            secret -> Optional.ofNullable(secret.validUntil()).filter(now::isBefore).isPresent())
        .toList();
  }

  public List<Snippet> snippets() {
    return Snippet.of(base.origin(), "kw1_…", model);
  }
}

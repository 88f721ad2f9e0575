package dev.keywheel.key.imports;

import dev.keywheel.provider.Providers;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Checks whether a text can be a key, and explains how to fix it if not. Has no side effects. */
final class SecretValidator {
  static final int MIN_LENGTH = 8;
  static final int MAX_LENGTH = 512;

  /** Prefix of OpenRouter's keys; 64 hexadecimal digits follow. */
  static final String PREFIX = "sk-or-v1-";

  static final int COMPLETE_LENGTH = PREFIX.length() + 64;

  private record Foreign(String prefix, String provider) {}

  private static final List<Foreign> FOREIGN =
      List.of(
          new Foreign("sk-ant-", "Anthropic"),
          new Foreign("sk-proj-", "OpenAI"),
          new Foreign("sk-svcacct-", "OpenAI"),
          new Foreign("AIza", "Google"),
          new Foreign("gsk_", "Groq"),
          new Foreign("xai-", "xAI"),
          new Foreign("hf_", "Hugging Face"),
          new Foreign("pplx-", "Perplexity"),
          new Foreign("r8_", "Replicate"),
          new Foreign("ghp_", "GitHub"),
          new Foreign("github_pat_", "GitHub"),
          new Foreign("AKIA", "Amazon"));

  private SecretValidator() {}

  /** Why this cannot be a key of the provider; empty when it can. */
  static Optional<String> problem(String provider, String clear) {
    if (clear.isEmpty()) {
      return Optional.of("No key beside the name");
    }
    if (clear.length() < MIN_LENGTH || clear.length() > MAX_LENGTH) {
      return Optional.of(
          "Invalid format: %s %s; a key has %s to %s"
              .formatted(
                  clear.length(),
                  clear.length() == 1 ? "character" : "characters",
                  MIN_LENGTH,
                  MAX_LENGTH));
    }
    Optional<String> character =
        clear
            .codePoints()
            .filter(c -> c < 0x21 || c > 0x7e)
            .mapToObj(SecretValidator::unfit)
            .findFirst();
    if (character.isPresent()) {
      return character;
    }
    if (clear.chars().anyMatch(c -> c == '"' || c == '\'' || c == '`')) {
      return Optional.of(
          "Invalid format: a quote that is not closed or not opened; a key must be on one line");
    }
    if (clear.indexOf(',') >= 0 || clear.indexOf(';') >= 0) {
      return Optional.of(
          "Invalid format: a comma in the key; more than two columns need a header line above"
              + " them");
    }
    if (clear.chars().noneMatch(Character::isLetterOrDigit)) {
      return Optional.of("Invalid format: no letter or digit");
    }
    if (clear.lastIndexOf(PREFIX) > 0) {
      return Optional.of("Invalid format: two keys without anything between them");
    }
    if (clear.contains("...") || clear.contains("***")) {
      return Optional.of("Invalid format: the key is shortened; paste the complete key");
    }
    if (clear.equals(PREFIX)) {
      return Optional.of("Invalid format: only the beginning of a key; paste the complete key");
    }
    if (clear.startsWith("-----")) {
      return Optional.of("Invalid format: a line of a certificate or private key file");
    }
    if (clear.startsWith("http://") || clear.startsWith("https://")) {
      return Optional.of("Invalid format: this is a URL, not a key");
    }
    return ofOtherProvider(provider, clear);
  }

  private static String unfit(int character) {
    if (character == '\t') {
      return "Invalid format: a tab in the key; more than two columns need a header line above them";
    }
    return character < 0x20 || character == 0x7f
        ? String.format(
            Locale.ROOT, "Invalid format: a control character (U+%04X) inside the key", character)
        : String.format(
            Locale.ROOT,
            "Invalid format: a character that is not allowed in a key (U+%04X)",
            character);
  }

  private static Optional<String> ofOtherProvider(String provider, String clear) {
    if (provider.equals("sandbox") && clear.startsWith("sk-or-v1-")) {
      return Optional.of(
          "Looks like a real OpenRouter key; the sandbox accepts only invented keys");
    }
    if (clear.startsWith("kw1_")) {
      return Optional.of(
          "Looks like an access token of Keywheel, which must not be sent to a provider");
    }
    return FOREIGN.stream()
        .filter(other -> clear.startsWith(other.prefix()))
        .findFirst()
        .map(
            other ->
                "Looks like a key for %s, not for %s"
                    .formatted(other.provider(), Providers.label(provider)));
  }

  /** A remark about a key that is accepted; empty without one. */
  static Optional<String> remark(String provider, String name, String clear) {
    String words = (name + " " + clear).toLowerCase(Locale.ROOT);
    if (words.contains("management")
        || words.contains("provisioning")
        || words.contains("-mgmt-")) {
      return Optional.of("Looks like a management key, which cannot call models");
    }
    if (provider.equals("openrouter") && clear.startsWith("sk-or-demo-")) {
      return Optional.of("Looks like a sandbox key, which OpenRouter refuses");
    }
    if (provider.equals("openrouter") && !clear.startsWith("sk-or-")) {
      return Optional.of("Does not begin with sk-or- like an OpenRouter key");
    }
    return provider.equals("openrouter") ? unusualLength(clear) : Optional.empty();
  }

  private static Optional<String> unusualLength(String clear) {
    if (!clear.startsWith(PREFIX) || clear.length() == COMPLETE_LENGTH) {
      return Optional.empty();
    }
    return Optional.of(
        clear.length() < COMPLETE_LENGTH
            ? "Shorter than a normal OpenRouter key (%s of %s characters)"
                .formatted(clear.length(), COMPLETE_LENGTH)
            : "Longer than a normal OpenRouter key (%s instead of %s characters)"
                .formatted(clear.length(), COMPLETE_LENGTH));
  }

  /** A heuristic that tells the secret from the name on a line. */
  static boolean looksLikeKey(String text) {
    return text.startsWith("sk-")
        || (text.length() >= 20
            && !text.contains("@")
            && text.chars().allMatch(c -> c > 0x20 && c < 0x7f));
  }
}

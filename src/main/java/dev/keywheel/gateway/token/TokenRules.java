package dev.keywheel.gateway.token;

import static java.time.ZoneOffset.UTC;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.imports.LabelValidator;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.secret.shape.SecretShape;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Validates the settings of an access token and describes them for the audit log. */
public final class TokenRules {
  private static final int MAX_NAME_LENGTH = 100;
  private static final int MAX_NOTES_LENGTH = 1_000;
  private static final int MAX_ENTRY_LENGTH = 200;
  private static final int MAX_ENTRIES = 200;
  private static final int MAX_PER_MINUTE = 1_000_000;
  private static final int MAX_PARALLEL = 1_000;

  private TokenRules() {}

  /**
   * Validates the settings and returns them with trimmed name and notes.
   *
   * @param settings may lack the fields that could not be read
   * @param before the current expiry, which may stay although it has passed; null for none
   * @throws Rejected for the invalid fields
   */
  public static TokenSettings validate(
      TokenSettings settings, @Nullable Instant before, Instant now) {
    return Rejections.collect(
        fields -> {
          TokenScope scope = settings.scope();
          String name = fields.read("", () -> name(settings.name()));
          fields.check(() -> checkNotes(settings.notes()));
          fields.check(() -> checkEntries("models", scope.models(), MAX_ENTRY_LENGTH));
          fields.check(
              () -> checkEntries("tags", List.copyOf(scope.keyTags()), KeyCommands.MAX_TAG_LENGTH));
          fields.check(() -> checkAddresses(scope));
          fields.check(
              () -> checkRange("requestsPerMinute", scope.requestsPerMinute(), MAX_PER_MINUTE));
          fields.check(() -> checkRange("parallel", scope.parallel(), MAX_PARALLEL));
          fields.check(() -> checkExpiry(scope, before, now));
          fields.check(() -> checkDefault(settings.defaultModel()));
          return new TokenSettings(
              name,
              settings.notes().strip(),
              scope,
              settings.defaultModel(),
              settings.showKeyName());
        });
  }

  private static String name(String typed) {
    String name = LabelValidator.validate("name", "name", typed).strip();
    if (name.isEmpty() || name.length() > MAX_NAME_LENGTH) {
      throw new Rejected("name", "Enter a name of 1 to " + MAX_NAME_LENGTH + " characters.");
    }
    SecretShape.POSSIBLE.refuse("name", name);
    return name;
  }

  private static void checkNotes(String notes) {
    if (notes.length() > MAX_NOTES_LENGTH) {
      throw new Rejected("notes", "Notes must have at most " + MAX_NOTES_LENGTH + " characters.");
    }
    if (notes.indexOf(0) >= 0) {
      throw new Rejected("notes", "Notes cannot contain the character NUL.");
    }
    SecretShape.CERTAIN.refuse("notes", notes);
  }

  private static void checkDefault(@Nullable String model) {
    if (model == null) {
      return;
    }
    if (model.isBlank()
        || model.length() > MAX_ENTRY_LENGTH
        || model.chars().anyMatch(Character::isISOControl)) {
      throw new Rejected(
          "defaultModel", "Enter one id or alias of up to " + MAX_ENTRY_LENGTH + " characters.");
    }
    SecretShape.POSSIBLE.refuse("defaultModel", model);
  }

  private static void checkAddresses(TokenScope scope) {
    if (scope.addresses().size() > MAX_ENTRIES) {
      throw new Rejected("addresses", "Enter up to " + MAX_ENTRIES + " networks.");
    }
  }

  /** Refuses an expiry in the past: such a token would never work. */
  private static void checkExpiry(TokenScope scope, @Nullable Instant before, Instant now) {
    Instant expiry = scope.expiresAt();
    if (expiry != null && !expiry.isAfter(now) && !expiry.equals(before)) {
      throw new Rejected(
          "expires",
          "This day has passed in UTC, where today is "
              + now.atZone(UTC).toLocalDate()
              + ". Enter today or a later day, or nothing.");
    }
  }

  private static void checkEntries(String field, List<String> entries, int longest) {
    if (entries.size() > MAX_ENTRIES
        || entries.stream().anyMatch(entry -> entry.isBlank() || entry.length() > longest)) {
      throw new Rejected(
          field,
          "Enter up to " + MAX_ENTRIES + " entries of up to " + longest + " characters each.");
    }
    if (entries.stream().anyMatch(entry -> entry.chars().anyMatch(Character::isISOControl))) {
      throw new Rejected(field, "Enter text without control characters.");
    }
    entries.forEach(entry -> SecretShape.POSSIBLE.refuse(field, entry));
  }

  private static void checkRange(String field, int number, int most) {
    if (number < 0 || number > most) {
      throw new Rejected(field, "Enter a number from 1 to " + most + ", or nothing for no limit.");
    }
  }

  static Map<String, String> details(TokenSettings settings) {
    TokenScope scope = settings.scope();
    var details = new TreeMap<String, String>();
    details.put("name", settings.name());
    put(details, "operations", scope.operations().stream().map(StoredEnum::code).toList());
    put(details, "models", scope.models());
    put(details, "providers", List.copyOf(scope.providers()));
    put(details, "key tags", List.copyOf(scope.keyTags()));
    put(details, "addresses", scope.addresses().stream().map(Object::toString).toList());
    if (scope.requestsPerMinute() > 0) {
      details.put("requests per minute", String.valueOf(scope.requestsPerMinute()));
    }
    if (scope.parallel() > 0) {
      details.put("parallel requests", String.valueOf(scope.parallel()));
    }
    if (scope.expiresAt() != null) {
      details.put("expires", scope.expiresAt().toString());
    }
    if (scope.providerExtras()) {
      details.put("provider extras", "allowed");
    }
    if (settings.defaultModel() != null) {
      details.put("default model", settings.defaultModel());
    }
    if (settings.showKeyName()) {
      details.put("key names", "shown");
    }
    return details;
  }

  private static void put(Map<String, String> details, String name, List<String> entries) {
    if (!entries.isEmpty()) {
      details.put(name, entries.stream().sorted().collect(Collectors.joining(", ")));
    }
  }

  static String text(Duration grace) {
    long hours = grace.toHours();
    if (grace.isZero()) {
      return "not at all";
    }
    return hours % 24 == 0 ? hours / 24 + " d" : hours + " h";
  }
}

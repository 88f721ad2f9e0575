package dev.keywheel.web.gateway;

import static java.time.ZoneOffset.UTC;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.gateway.token.TokenSettings;
import dev.keywheel.key.imports.LabelValidator;
import dev.keywheel.net.IpNetwork;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.provider.Provider;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import io.javalin.http.Context;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The form of an access token.
 *
 * @param operations codes of the ticked operations
 * @param providers names of the ticked providers
 * @param offered all providers
 */
public record TokenForm(
    Fields fields, Set<String> operations, Set<String> providers, List<Provider> offered) {
  /** No limits. Provider extras need permission only if the scope has a list of models. */
  private static final TokenScope UNLIMITED =
      new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 0, 0, null, List.of(), false);

  /** Maximum year of an expiry date: date fields show at most four digits. */
  private static final int LATEST_YEAR = 9999;

  /** The form for a new token; without changes, the token may use everything. */
  static TokenForm empty(List<Provider> offered) {
    return of(new TokenSettings("", "", UNLIMITED, null, false), offered);
  }

  static TokenForm of(TokenSettings settings, List<Provider> offered) {
    TokenScope scope = settings.scope();
    Fields fields =
        Fields.none()
            .with("name", settings.name())
            .with("notes", settings.notes())
            .with("models", String.join("\n", scope.models()))
            .with("defaultModel", Objects.requireNonNullElse(settings.defaultModel(), ""))
            .with("tags", scope.keyTags().stream().sorted().collect(Collectors.joining(", ")))
            .with("requestsPerMinute", number(scope.requestsPerMinute()))
            .with("parallel", number(scope.parallel()))
            .with("expires", lastDay(scope.expiresAt()))
            .with("addresses", lines(scope.addresses()))
            .with("extras", scope.providerExtras() ? "on" : "")
            .with("showKeyName", settings.showKeyName() ? "on" : "");
    return new TokenForm(
        fields,
        Arrays.stream(GatewayOperation.values())
            .filter(scope::allows)
            .map(StoredEnum::code)
            .collect(Collectors.toSet()),
        offered.stream()
            .map(Provider::name)
            .filter(scope::allowsProvider)
            .collect(Collectors.toSet()),
        offered);
  }

  static TokenForm sent(Context ctx, List<Provider> offered, Rejected rejected) {
    return new TokenForm(
        Fields.sent(ctx).refused(rejected),
        Set.copyOf(ctx.formParams("operation")),
        Set.copyOf(ctx.formParams("provider")),
        offered);
  }

  /** The values that the form shows, in a fixed order. */
  public List<Object> shown() {
    return List.of(
        new TreeMap<>(fields.values()), new TreeSet<>(operations), new TreeSet<>(providers));
  }

  /** Whether the section with the limits is expanded: true if one of its fields has an error. */
  public boolean limitsOpen() {
    return fields.errors().keySet().stream()
        .anyMatch(field -> !field.isEmpty() && !field.equals("name"));
  }

  public boolean allows(GatewayOperation operation) {
    return operations.contains(operation.code());
  }

  public boolean allows(Provider provider) {
    return providers.contains(provider.name());
  }

  /**
   * Reads the form. Ticking all of the operations or providers sets no limit. Ticking none is
   * rejected if the form had boxes; a request without these fields sets no limit. A field that is
   * rejected is empty in the result.
   *
   * @param limit the providers that the token is currently limited to; empty for no limit
   */
  static TokenSettings read(
      Form form, List<Provider> offered, Set<String> limit, Rejections fields) {
    Set<GatewayOperation> operations =
        form.all("operation").stream()
            .flatMap(code -> StoredEnum.find(GatewayOperation.class, code).stream())
            .collect(Collectors.toSet());
    Set<String> known = offered.stream().map(Provider::name).collect(Collectors.toSet());
    var ticked = new HashSet<>(form.all("provider"));
    ticked.retainAll(known);
    boolean boxes = form.ticked("boxes");
    if (boxes && operations.isEmpty()) {
      fields.reject("operation", "Choose at least one endpoint.");
    }
    if (boxes && ticked.isEmpty() && !shown(known, limit).isEmpty()) {
      fields.reject("provider", "Choose at least one provider.");
    }
    var scope =
        new TokenScope(
            operations.size() == GatewayOperation.values().length ? Set.of() : operations,
            fields.read(List.of(), () -> entries("models", "model", form.raw("models"))),
            providers(ticked, known, limit),
            Set.copyOf(
                fields.read(
                    List.of(),
                    () -> entries("tags", "tag", form.raw("tags").toLowerCase(Locale.ROOT)))),
            fields.read(0, () -> limit(form, "requestsPerMinute", 1_000_000)),
            fields.read(0, () -> limit(form, "parallel", 1_000)),
            fields
                .read(
                    Optional.<Instant>empty(),
                    () -> Optional.ofNullable(expiry(form.raw("expires").strip())))
                .orElse(null),
            fields.read(List.of(), () -> networks(form.raw("addresses"))),
            form.ticked("extras"));
    String model = form.raw("defaultModel").strip();
    return new TokenSettings(
        form.raw("name"),
        form.raw("notes"),
        scope,
        model.isEmpty() ? null : model,
        form.ticked("showKeyName"));
  }

  /**
   * The providers that the token is limited to; empty for no limit. A provider that is switched off
   * in this installation has no box; if it is in the limit, it stays there.
   */
  static Set<String> providers(Set<String> ticked, Set<String> offered, Set<String> limit) {
    if (ticked.equals(shown(offered, limit))) {
      return limit;
    }
    if (ticked.isEmpty() || ticked.equals(offered)) {
      return Set.of();
    }
    var providers = new HashSet<>(limit);
    providers.removeAll(offered);
    providers.addAll(ticked);
    return providers;
  }

  /** The providers whose boxes are ticked in the form of a token with this limit. */
  private static Set<String> shown(Set<String> offered, Set<String> limit) {
    var shown = new HashSet<>(limit.isEmpty() ? offered : limit);
    shown.retainAll(offered);
    return shown;
  }

  /** The entries without invisible characters, which no id and no tag of a key contains. */
  static List<String> entries(String field, String what, String text) {
    return entries(text).stream()
        .map(entry -> LabelValidator.validate(field, what, entry).strip())
        .filter(entry -> !entry.isEmpty())
        .distinct()
        .toList();
  }

  private static List<String> entries(String text) {
    return Arrays.stream(text.split("[,\\r\\n]+"))
        .map(String::strip)
        .filter(entry -> !entry.isEmpty())
        .distinct()
        .toList();
  }

  private static int limit(Form form, String name, int most) {
    return form.raw(name).isBlank() ? 0 : form.wholeNumber(name, 1, most);
  }

  static @Nullable Instant expiry(String day) {
    if (day.isEmpty()) {
      return null;
    }
    try {
      LocalDate last = LocalDate.parse(day);
      if (last.getYear() > LATEST_YEAR) {
        throw new Rejected(
            "expires", "Enter a date up to the year 9999, or leave the field empty.");
      }
      return last.plusDays(1).atStartOfDay(UTC).toInstant();
    } catch (DateTimeParseException e) {
      throw new Rejected("expires", "Enter a date such as 2027-01-31, or leave the field empty.");
    }
  }

  static List<IpNetwork> networks(String text) {
    var networks = new ArrayList<IpNetwork>();
    for (String entry : entries(text)) {
      try {
        networks.add(IpNetwork.parse(entry));
      } catch (IllegalArgumentException e) {
        throw new Rejected(
            "addresses",
            entry.endsWith("/0")
                ? "A network of all addresses is not needed. Leave the field empty to allow all"
                    + " addresses."
                : "Enter networks such as 10.0.0.0/8 or 2001:db8::/32, or single addresses, one per"
                    + " line. The bits after the prefix must be 0.");
      }
    }
    return networks;
  }

  private static String number(int limit) {
    return limit == 0 ? "" : String.valueOf(limit);
  }

  private static String lastDay(@Nullable Instant expiry) {
    return expiry == null ? "" : expiry.minusNanos(1).atZone(UTC).toLocalDate().toString();
  }

  private static String lines(List<IpNetwork> networks) {
    return networks.stream().map(IpNetwork::toString).collect(Collectors.joining("\n"));
  }
}

package dev.keywheel.web.gateway;

import dev.keywheel.gateway.model.Alias;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.model.ListedModel;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Url;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The models that programs can request.
 *
 * @param search search text; the ids or names of the shown models contain it
 * @param models all models of the workspace
 * @param catalogues the catalogues of the providers with keys, by provider
 * @param fields values and errors of the form for a new alias
 * @param refusedChange the refused change of an alias; null if none was refused
 * @param trial the targets of the requested model; null if no model was requested
 */
public record ModelsPage(
    BaseUrl base,
    List<Alias> aliases,
    List<Suggestion> suggestions,
    String search,
    List<ListedModel> models,
    Map<String, Catalogue> catalogues,
    Fields fields,
    @Nullable RefusedChange refusedChange,
    @Nullable ModelTrial trial) {
  private static final String PATH = "/gateway/models";
  private static final int SHOWN = 100;
  private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

  /**
   * @param targets the typed targets, without keys
   */
  record RefusedChange(Alias alias, String targets, String why) {}

  /**
   * An alias that coding tools request and that does not exist yet.
   *
   * @param targets empty if no catalogue has a model of its family
   */
  public record Suggestion(String name, String targets) {
    public String path() {
      return Url.of(PATH).with("name", name).with("targets", targets) + "#new-alias";
    }
  }

  /** The models of the catalogues that match the search. */
  public List<ListedModel> matching() {
    String text = search.toLowerCase(Locale.ROOT);
    return models.stream()
        .filter(model -> !model.alias())
        .filter(
            model ->
                model.id().toLowerCase(Locale.ROOT).contains(text)
                    || model.displayName().toLowerCase(Locale.ROOT).contains(text))
        .toList();
  }

  public List<ListedModel> shown() {
    return matching().stream().limit(SHOWN).toList();
  }

  public String targets(Alias alias) {
    return refusedChange != null && refusedChange.alias().id().equals(alias.id())
        ? refusedChange.targets()
        : AliasForm.text(alias);
  }

  /** Why a change of this alias was refused; null if it was not. */
  public @Nullable String refused(Alias alias) {
    return refusedChange != null && refusedChange.alias().id().equals(alias.id())
        ? refusedChange.why()
        : null;
  }

  /**
   * The targets of a step: {@code openrouter/openai/gpt-4o}, with the fields that a target sets,
   * and with its weight if several targets share the requests.
   */
  public static String text(List<AliasTarget> step) {
    return step.stream()
        .map(target -> text(target) + (step.size() == 1 ? "" : " (weight " + target.weight() + ")"))
        .collect(Collectors.joining(" or "));
  }

  private static String text(AliasTarget target) {
    return target.provider()
        + "/"
        + target.model()
        + (target.fields().isEmpty() ? "" : " with " + target.fields());
  }

  /** Address of the page that shows the targets of requests for the model. */
  public static String tryPath(ListedModel model) {
    return Url.of(PATH).with("try", model.id()).toString();
  }

  public static String context(ListedModel model) {
    ModelInfo info = model.info();
    return info == null || info.contextLength() == 0
        ? ""
        : NumberFormats.grouped(info.contextLength());
  }

  /** Price of a million tokens in US dollars; {@code free} for zero, empty if unknown. */
  public static String price(@Nullable BigDecimal perToken) {
    return perToken == null
        ? ""
        : perToken.signum() == 0
            ? "free"
            : NumberFormats.dollars(perToken.multiply(MILLION).stripTrailingZeros(), 2);
  }

  public static @Nullable BigDecimal prompt(ListedModel model) {
    ModelInfo info = model.info();
    return info == null ? null : info.promptPrice();
  }

  public static @Nullable BigDecimal completion(ListedModel model) {
    ModelInfo info = model.info();
    return info == null ? null : info.completionPrice();
  }

  /** When the catalogue was last fetched; null if never. */
  public @Nullable Instant fetched(String provider) {
    return catalogues.getOrDefault(provider, Catalogue.unknown()).fetchedAt();
  }
}

package dev.keywheel.gateway.model;

import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.peek.FieldOverrides;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.provider.Catalogue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A snapshot of what a workspace can serve: its aliases and the catalogues of its pools. No I/O.
 *
 * @param overrides the parsed fields that targets of aliases set, by {@link AliasTarget#fields}
 * @param pools the pools with keys, in the order of the installation's providers
 * @param installed the names of the installation's providers; an alias may name a provider that is
 *     switched off
 */
record Offer(
    UUID workspace,
    List<Alias> aliases,
    Map<String, FieldOverrides> overrides,
    List<Pool> pools,
    Set<String> installed) {
  /** The id of a model with a suffix such as {@code :nitro}, which a catalogue need not list. */
  private static final Pattern VARIANT =
      Pattern.compile("(?<base>.+):(?:nitro|floor|online|exacto|thinking|extended|free|beta)");

  /** The id of a model for embeddings, such as {@code openai/text-embedding-3-small}. */
  private static final Pattern EMBEDDING =
      Pattern.compile("embed|sentence-transformers|/(?:bge|e5|gte)-", Pattern.CASE_INSENSITIVE);

  record Pool(String provider, Catalogue catalogue) {
    /** Whether the provider has the model; true for all ids while the catalogue is unknown. */
    boolean serves(String model) {
      return !catalogue.known()
          || catalogue.model(model).isPresent()
          || model.startsWith("@preset/")
          || variantOf(model).flatMap(catalogue::model).isPresent();
    }

    /**
     * Whether the catalogue lacks a model that it should list; most list no models for embeddings.
     */
    boolean lacks(String model) {
      return !serves(model)
          && (!embeds(model) || catalogue.models().keySet().stream().anyMatch(Pool::embeds));
    }

    private static boolean embeds(String model) {
      return EMBEDDING.matcher(model).find();
    }
  }

  static Map<String, FieldOverrides> overrides(List<Alias> aliases) {
    return aliases.stream()
        .flatMap(alias -> alias.targets().stream())
        .map(AliasTarget::fields)
        .filter(fields -> !fields.isEmpty())
        .distinct()
        .collect(toUnmodifiableMap(fields -> fields, FieldOverrides::of));
  }

  FieldOverrides overrides(AliasTarget target) {
    return overrides.getOrDefault(target.fields(), FieldOverrides.NONE);
  }

  /** The offer without the pools that the token may not use. */
  Offer within(TokenScope scope) {
    return new Offer(
        workspace,
        aliases,
        overrides,
        pools.stream().filter(pool -> scope.allowsProvider(pool.provider())).toList(),
        installed);
  }

  static Optional<String> variantOf(String model) {
    var variant = VARIANT.matcher(model);
    return variant.matches() ? Optional.of(variant.group("base")) : Optional.empty();
  }

  /**
   * The pool for a model whose provider is not named.
   *
   * @param known whether to search the pools with a known catalogue, or those without
   */
  Optional<Pool> serving(String model, boolean known) {
    return pools.stream()
        .filter(pool -> pool.catalogue().known() == known && pool.serves(model))
        .findFirst();
  }

  boolean lists(Target target) {
    return pools.stream()
        .filter(pool -> pool.provider().equals(target.pool().provider()))
        .anyMatch(pool -> pool.catalogue().known() && pool.serves(target.model()));
  }

  Optional<Alias> alias(String name) {
    return aliases.stream()
        .filter(alias -> alias.enabled() && !alias.wildcard() && alias.name().equals(name))
        .findFirst();
  }
}

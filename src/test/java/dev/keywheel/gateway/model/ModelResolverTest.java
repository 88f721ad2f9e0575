package dev.keywheel.gateway.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.peek.FieldOverrides;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelInfo;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ModelResolverTest {
  private static final UUID WORKSPACE = new UUID(1, 1);
  private static final Set<String> INSTALLED = Set.of("first", "second");

  private List<Alias> aliases = List.of();
  private List<Offer.Pool> pools =
      List.of(
          pool("first", "acme/writer", "acme/painter", "openrouter/auto", "openrouter/free"),
          pool("second", "acme/writer", "other/model", "second/odd"));

  @Test
  void an_id_goes_to_the_first_pool_whose_catalogue_has_it() {
    assertThat(route("acme/writer")).containsExactly("first acme/writer");
    assertThat(route("other/model")).containsExactly("second other/model");
    assertThat(route("acme/unknown")).isEmpty();
  }

  @Test
  void a_provider_before_the_id_chooses_the_pool() {
    assertThat(route("second/acme/writer")).containsExactly("second acme/writer");
    assertThat(route("second/odd")).containsExactly("second second/odd");
    assertThat(route("first/other/model")).isEmpty();
    assertThat(route("third/acme/writer")).isEmpty();
  }

  @Test
  void an_alias_comes_before_the_catalogue_and_keeps_the_order_of_its_targets() {
    aliases =
        List.of(alias("acme/writer", "second/other/model", "first/acme/painter"), off("fast"));
    assertThat(route("acme/writer")).containsExactly("second other/model", "first acme/painter");
    assertThat(route("fast")).isEmpty();
  }

  @Test
  void a_wildcard_matches_only_unknown_names_and_the_longest_wildcard_wins() {
    aliases =
        List.of(
            alias("claude-*", "first/anthropic/claude-*"),
            alias("claude-haiku-*", "second/other/model"),
            alias("acme/*", "second/other/*"));
    assertThat(route("claude-opus-4")).containsExactly("first anthropic/claude-opus-4");
    assertThat(route("claude-haiku-4-5")).containsExactly("second other/model");
    assertThat(route("claude-")).isEmpty();
    assertThat(route("acme/writer")).containsExactly("first acme/writer");
    assertThat(route("acme/poet")).containsExactly("second other/poet");
  }

  @Test
  void a_model_for_embeddings_is_missing_only_in_a_catalogue_that_lists_such_models() {
    for (String model : List.of("openai/text-embedding-3-small", "baai/bge-m3")) {
      assertThat(pool("first", "acme/writer").lacks(model)).as(model).isFalse();
      assertThat(pool("first", "acme/embed-v1").lacks(model)).as(model).isTrue();
    }
    assertThat(pool("first", "acme/writer").lacks("acme/poet")).isTrue();
  }

  @Test
  void an_id_with_a_variant_suffix_resolves_like_the_id() {
    assertThat(route("acme/writer:nitro")).containsExactly("first acme/writer:nitro");
    assertThat(route("acme/writer:none")).isEmpty();
  }

  @Test
  void while_a_catalogue_is_unknown_its_provider_decides() {
    pools = List.of(new Offer.Pool("first", Catalogue.unknown()), pool("second", "other/model"));
    assertThat(route("other/model")).containsExactly("second other/model");
    assertThat(route("acme/any")).containsExactly("first acme/any");
  }

  @Test
  void while_a_catalogue_is_unknown_names_of_providers_and_wildcards_keep_their_meaning() {
    pools = List.of(new Offer.Pool("first", Catalogue.unknown()), pool("second", "other/model"));
    aliases = List.of(alias("claude-*", "first/anthropic/claude-*"));
    assertThat(route("second/other/model")).containsExactly("second other/model");
    assertThat(route("first/acme/any")).containsExactly("first acme/any");
    assertThat(route("first/auto")).containsExactly("first first/auto");
    assertThat(route("claude-opus-4")).containsExactly("first anthropic/claude-opus-4");
  }

  @Test
  void models_for_embeddings_need_not_be_in_a_catalogue() {
    assertThat(route(TokenScope.ALL, GatewayOperation.EMBEDDINGS, "acme/embedder"))
        .containsExactly("first acme/embedder");
    assertThat(route(TokenScope.ALL, GatewayOperation.EMBEDDINGS, "second/acme/embedder"))
        .containsExactly("second acme/embedder");
    assertThat(route(TokenScope.ALL, GatewayOperation.EMBEDDINGS, "embedder")).isEmpty();
  }

  @Test
  void a_token_reaches_only_its_models() {
    aliases = List.of(alias("fast", "first/acme/painter", "first/acme/writer"));
    assertThat(route(models("acme/writer"), "acme/writer")).hasSize(1);
    assertThat(route(models("acme/writer"), "acme/painter")).isEmpty();
    assertThat(route(models("acme/writer"), "acme/writer:nitro")).isEmpty();
    assertThat(route(models("acme/writer"), "first/acme/writer")).hasSize(1);
    assertThat(route(models("acme/writer"), "fast")).containsExactly("first acme/writer");
    assertThat(route(models("fast"), "fast")).hasSize(2);
    assertThat(route(models("fast"), "acme/writer")).isEmpty();
  }

  @Test
  void a_token_reaches_only_its_pools() {
    assertThat(route(providers("second"), "acme/writer")).containsExactly("second acme/writer");
    assertThat(route(providers("second"), "acme/painter")).isEmpty();
    aliases = List.of(alias("fast", "first/acme/painter", "second/other/model"));
    assertThat(route(providers("second"), "fast")).containsExactly("second other/model");
  }

  @Test
  void a_router_needs_the_provider_extras_or_its_name_in_the_list_of_models() {
    assertThat(route("openrouter/auto")).hasSize(1);
    assertThat(route(models("*"), "openrouter/auto")).isEmpty();
    assertThat(route(models("*"), "openrouter/auto:nitro")).isEmpty();
    assertThat(route(models("*"), "openrouter/free")).isEmpty();
    assertThat(route(models("*"), "first/openrouter/free")).isEmpty();
    assertThat(route(models("*"), "@preset/mine")).isEmpty();
    assertThat(route(models("openrouter/auto"), "openrouter/auto")).hasSize(1);
  }

  @Test
  void fields_of_an_alias_that_run_other_models_need_the_provider_extras() {
    String fields = "{\"plugins\": [{\"id\": \"web\"}]}";
    var target = new AliasTarget("first", "acme/writer", 1, false, fields);
    aliases = List.of(new Alias(new UUID(0, 2), "search", true, List.of(target)));

    assertThat(route("search")).containsExactly("first acme/writer");
    assertThat(route(models("search"), "search")).isEmpty();
  }

  @Test
  void the_fields_of_an_alias_are_read_once() {
    var target = new AliasTarget("first", "acme/writer", 1, false, "{\"temperature\": 0}");
    aliases = List.of(new Alias(new UUID(0, 2), "cold", true, List.of(target)));
    var offer = new Offer(WORKSPACE, aliases, Offer.overrides(aliases), pools, INSTALLED);

    assertThat(fields(offer)).isSameAs(fields(offer));
    assertThat(fields(offer).values()).containsExactly(Map.entry("temperature", "0"));
  }

  private static FieldOverrides fields(Offer offer) {
    var resolver = new ModelResolver(offer, TokenScope.ALL, new Random(1));
    return resolver.resolve(GatewayOperation.CHAT, "cold").getFirst().fields();
  }

  private List<String> route(String name) {
    return route(TokenScope.ALL, name);
  }

  private List<String> route(TokenScope scope, String name) {
    return route(scope, GatewayOperation.CHAT, name);
  }

  private List<String> route(TokenScope scope, GatewayOperation operation, String name) {
    var resolver =
        new ModelResolver(
            new Offer(WORKSPACE, aliases, Offer.overrides(aliases), pools, INSTALLED),
            scope,
            new Random(1));
    return resolver.resolve(operation, name).stream()
        .map(t -> t.pool().provider() + " " + t.model())
        .toList();
  }

  private static TokenScope models(String... models) {
    return new TokenScope(
        Set.of(), List.of(models), Set.of(), Set.of(), 0, 0, null, List.of(), false);
  }

  private static TokenScope providers(String... providers) {
    return new TokenScope(
        Set.of(), List.of(), Set.of(providers), Set.of(), 0, 0, null, List.of(), false);
  }

  @Test
  void targets_of_one_step_share_the_requests_in_proportion_to_their_weights() {
    var shared =
        new Alias(
            new UUID(0, 7),
            "shared",
            true,
            List.of(
                new AliasTarget("first", "acme/writer", 3, false, ""),
                new AliasTarget("first", "acme/painter", 1, true, ""),
                new AliasTarget("first", "acme/last")));
    var resolver =
        new ModelResolver(
            new Offer(
                WORKSPACE,
                List.of(shared),
                Map.of(),
                List.of(pool("first", "acme/writer", "acme/painter", "acme/last")),
                INSTALLED),
            TokenScope.ALL,
            new Random(1));
    int writer = 0;
    for (int i = 0; i < 1_000; i++) {
      List<Target> route = resolver.resolve(GatewayOperation.CHAT, "shared");
      List<String> order = route.stream().map(Target::model).toList();
      assertThat(order).hasSize(3).endsWith("acme/last");
      writer += order.getFirst().equals("acme/writer") ? 1 : 0;
    }
    assertThat(writer).isBetween(700, 800);
  }

  private static Alias alias(String name, String... targets) {
    return new Alias(
        new UUID(0, name.hashCode()),
        name,
        true,
        List.of(targets).stream().map(t -> target(t)).toList());
  }

  private static AliasTarget target(String text) {
    int slash = text.indexOf('/');
    return new AliasTarget(text.substring(0, slash), text.substring(slash + 1));
  }

  private static Alias off(String name) {
    return new Alias(new UUID(0, 1), name, false, List.of(target("first/acme/writer")));
  }

  private static Offer.Pool pool(String provider, String... models) {
    var all = new LinkedHashMap<String, ModelInfo>();
    for (String id : models) {
      all.put(id, new ModelInfo(id, id, 0, 0, Set.of(), Set.of(), null, null, null));
    }
    return new Offer.Pool(provider, new Catalogue(Instant.EPOCH, all));
  }
}

package dev.keywheel.gateway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.support.ScriptedUpstream;
import dev.keywheel.support.TestPool;
import java.net.URI;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AliasesTest {
  private static final AliasTarget WRITER = new AliasTarget("openrouter", "acme/writer");
  private static final AliasTarget PAINTER = new AliasTarget("openrouter", "acme/painter");

  private TestPool t;
  private ScriptedUpstream upstream;
  private OpenRouter provider;
  private Audit audit;
  private ModelDirectory models;
  private Aliases aliases;

  @BeforeEach
  void open() throws Exception {
    t = new TestPool();
    upstream = new ScriptedUpstream();
    provider =
        new OpenRouter(
            "openrouter", "OpenRouter", upstream.base(), URI.create("http://localhost"), t.clock);
    audit = new Audit(t.database, t.vault.auditKeys(), t.clock);
    var providers = new Providers(List.of(provider));
    models = new ModelDirectory(t.database, t.pool, providers, new Random(1), t.clock);
    aliases = new Aliases(t.database, providers, models, audit, t.ids, t.clock);
  }

  @AfterEach
  void close() {
    provider.close();
    upstream.close();
    t.close();
  }

  @Test
  void an_enabled_alias_works_from_its_creation_to_its_deletion() {
    UUID id = aliases.create(t.admin, "fast", List.of(WRITER));
    assertThat(route("fast")).containsExactly("acme/writer");
    aliases.change(t.admin, id, List.of(PAINTER, WRITER), _ -> {});
    assertThat(route("fast")).containsExactly("acme/painter", "acme/writer");
    aliases.enable(t.admin, id, false);
    assertThat(route("fast")).isEmpty();
    aliases.enable(t.admin, id, true);
    assertThat(route("fast")).hasSize(2);
    aliases.delete(t.admin, id);
    assertThat(route("fast")).isEmpty();
    assertThat(aliases.of(t.workspace)).isEmpty();
    assertThat(audit.newest(t.workspace, new AuditFilter("", "", ""), null, 9))
        .extracting(AuditEvent::action)
        .containsExactly(
            "deleted an alias",
            "enabled an alias",
            "disabled an alias",
            "changed an alias",
            "created an alias");
  }

  @Test
  void a_pool_serves_models_when_it_has_keys() {
    assertThat(route("acme/writer")).isEmpty();
    t.add("key1");
    assertThat(route("acme/writer")).containsExactly("acme/writer");
  }

  @Test
  void only_enabled_aliases_without_a_wildcard_are_listed() {
    aliases.create(t.admin, "fast", List.of(WRITER));
    aliases.create(t.admin, "claude-*", List.of(new AliasTarget("openrouter", "anthropic/*")));
    UUID off = aliases.create(t.admin, "off", List.of(WRITER));
    aliases.enable(t.admin, off, false);
    assertThat(models.list(t.workspace, TokenScope.ALL))
        .extracting(ListedModel::id)
        .containsExactly("fast");
    assertThat(models.find(t.workspace, TokenScope.ALL, "fast")).isPresent();
    assertThat(models.find(t.workspace, TokenScope.ALL, "off")).isEmpty();
  }

  @Test
  void another_workspace_can_neither_see_nor_change_an_alias() {
    UUID id = aliases.create(t.admin, "fast", List.of(WRITER));
    var stranger = new Principal(t.ids.next(), "x@example.com", t.ids.next(), Role.ADMIN, false);
    assertThat(aliases.of(stranger.workspaceId())).isEmpty();
    assertThatThrownBy(() -> aliases.change(stranger, id, List.of(PAINTER), _ -> {}))
        .isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> aliases.enable(stranger, id, false)).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> aliases.delete(stranger, id)).isInstanceOf(NotFound.class);
    assertThat(route("fast")).hasSize(1);
  }

  @Test
  void invalid_names_and_targets_are_refused_at_their_field() {
    assertThat(refusedField("", WRITER)).isEqualTo("name");
    assertThat(refusedField("two words", WRITER)).isEqualTo("name");
    assertThat(refusedField("a*b*", WRITER)).isEqualTo("name");
    assertThat(refusedField("*", WRITER)).isEqualTo("name");
    assertThat(refusedField("fast")).isEqualTo("targets");
    assertThat(refusedField("fast", new AliasTarget("nowhere", "x"))).isEqualTo("targets");
    assertThat(refusedField("fast", new AliasTarget("openrouter", ""))).isEqualTo("targets");
    assertThat(refusedField("fast", new AliasTarget("openrouter", "acme/*"))).isEqualTo("targets");
    assertThat(aliases.of(t.workspace)).isEmpty();
    aliases.create(t.admin, "fast", List.of(WRITER));
    assertThatThrownBy(() -> aliases.create(t.admin, "fast", List.of(PAINTER)))
        .isInstanceOf(Conflict.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"temperature\": 0",
        "[1]",
        "{\"a\": 1, \"a\": 2}",
        "{\"model\": \"x\"}",
        "{\"\\u006dodels\": []}",
        "{\"stream\": false}",
        "{\"background\": true}",
        "{\"key\": \"sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}"
      })
  void fields_that_a_target_cannot_set_are_refused(String fields) {
    var target = new AliasTarget("openrouter", "acme/writer", 1, false, fields);
    assertThat(refusedField("fast", target)).isEqualTo("targets");
  }

  @Test
  void long_fields_are_refused() {
    String fields = "{\"user\": \"" + "x".repeat(1_000) + "\"}";
    var target = new AliasTarget("openrouter", "acme/writer", 1, false, fields);
    assertThat(refusedField("fast", target)).isEqualTo("targets");
  }

  private String refusedField(String name, AliasTarget... targets) {
    try {
      aliases.create(t.admin, name, List.of(targets));
      return "";
    } catch (Rejected e) {
      return e.field().orElse("");
    }
  }

  private List<String> route(String name) {
    return models.resolve(t.workspace, TokenScope.ALL, GatewayOperation.CHAT, name).stream()
        .map(Target::model)
        .toList();
  }
}

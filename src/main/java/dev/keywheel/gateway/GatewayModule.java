package dev.keywheel.gateway;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.gateway.model.Aliases;
import dev.keywheel.gateway.model.ModelDirectory;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.provider.Providers;
import dev.keywheel.secret.Vault;
import java.security.SecureRandom;
import java.time.InstantSource;

/** Wires the gateway by constructor. */
public final class GatewayModule {
  private final AccessTokens tokens;
  private final ModelDirectory models;
  private final Aliases aliases;

  public GatewayModule(
      Database database,
      Vault vault,
      Audit audit,
      KeyPool keys,
      Providers providers,
      Ids ids,
      SecureRandom random,
      InstantSource clock) {
    this.tokens = new AccessTokens(database, vault, audit, ids, random, clock);
    this.models = new ModelDirectory(database, keys, providers, clock);
    this.aliases = new Aliases(database, providers, models, audit, ids, clock);
  }

  public AccessTokens tokens() {
    return tokens;
  }

  public ModelDirectory models() {
    return models;
  }

  public Aliases aliases() {
    return aliases;
  }
}

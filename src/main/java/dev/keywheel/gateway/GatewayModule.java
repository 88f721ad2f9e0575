package dev.keywheel.gateway;

import dev.keywheel.config.Config;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.gateway.call.Gateway;
import dev.keywheel.gateway.call.TrialCall;
import dev.keywheel.gateway.http.CallOptions;
import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.ledger.RequestAborts;
import dev.keywheel.gateway.model.Aliases;
import dev.keywheel.gateway.model.ModelDirectory;
import dev.keywheel.gateway.seat.AnswerJudge;
import dev.keywheel.gateway.seat.BackgroundChecks;
import dev.keywheel.gateway.seat.GatewayLog;
import dev.keywheel.gateway.seat.PauseChecks;
import dev.keywheel.gateway.seat.ResponseAccounts;
import dev.keywheel.gateway.seat.Seats;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.net.AnonymousSlots;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.rotation.KeyJudge;
import dev.keywheel.secret.Vault;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.time.Delayer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Creates the services of the gateway and connects them by constructor injection. */
public final class GatewayModule {
  private final AccessTokens tokens;
  private final ModelDirectory models;
  private final Aliases aliases;
  private final GatewayLedger ledger;
  private final AnswerJudge judge;
  private final PauseChecks pauseChecks;
  private final GatewayLog log;
  private final ResponseAccounts responses;
  private final Gateway gateway;

  /**
   * @param judge applies the outcomes of calls to keys, as it does for runs
   * @param anonymousSlots limits requests without a valid token; shared with the pages
   * @param finishWithin how long open requests may continue after the node begins to stop
   */
  public GatewayModule(
      Database database,
      Vault vault,
      Audit audit,
      KeyPool keys,
      Providers providers,
      SettingsStore settings,
      ExecutionLog executionLog,
      Ids ids,
      SecureRandom random,
      InstantSource clock,
      KeyJudge judge,
      Recovery recovery,
      Delayer delayer,
      Config.Gateway config,
      AnonymousSlots anonymousSlots,
      Duration finishWithin) {
    this.tokens = new AccessTokens(database, vault, audit, ids, random, clock);
    this.models = new ModelDirectory(database, keys, providers, random, clock);
    this.aliases = new Aliases(database, providers, models, audit, ids, clock);
    this.ledger = new GatewayLedger(database, settings, ids.next(), clock, delayer);
    var checks = new BackgroundChecks();
    this.judge = new AnswerJudge(database, keys, judge, recovery, clock, checks);
    this.pauseChecks = new PauseChecks(database, keys, judge, recovery, clock, checks);
    this.responses = new ResponseAccounts(database, clock);
    this.log = new GatewayLog(database, executionLog, clock);
    var probes = judge.probes();
    var seats = new Seats(database, keys.rotation(), ledger, log, ids, clock, delayer, probes);
    this.gateway =
        new Gateway(
            tokens,
            models,
            seats,
            responses,
            this.judge,
            ledger,
            providers,
            keys.secrets(),
            ids,
            clock,
            GatewayTimeouts.withStatusHold(config.hold()),
            CallOptions.defaults(config.finishUnstreamed()),
            anonymousSlots,
            finishWithin,
            Gateway.MAX_ANSWER_BYTES);
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

  /** Aborts a request on this node, or asks the node that answers it to abort it. */
  public RequestAborts.Result abort(UUID request) {
    return ledger.aborts().abort(request);
  }

  public TrialCall trials() {
    return gateway.trials();
  }

  public List<JobDefinition> jobs() {
    return Stream.concat(ledger.jobs().stream(), Stream.of(responses.job())).toList();
  }

  public GatewayLedger ledger() {
    return ledger;
  }

  /** Starts to store outcomes and returns the gateway. Call it once. */
  public Gateway start() {
    ledger.start(
        () -> {
          judge.applyAnswers();
          pauseChecks.begin();
          log.write();
        });
    return gateway;
  }
}

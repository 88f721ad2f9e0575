package dev.keywheel.web.gateway;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.http.RequestId;
import dev.keywheel.gateway.ledger.GatewayQueries;
import dev.keywheel.gateway.ledger.GatewayRequestRow;
import dev.keywheel.gateway.ledger.RequestAborts;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.gateway.token.TokenDetail;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.problem.NotFound;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.SearchText;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

public final class RequestRoutes implements Screen {
  private static final String PATH = "/gateway/requests";
  private static final int REFRESH_SECONDS = 3;
  private static final int NEWEST_SHOWN = 5;
  private static final Duration COUNT_PERIOD = Duration.ofHours(24);

  private final WebContext web;
  private final Database database;
  private final GatewayQueries requests;
  private final AccessTokens tokens;
  private final KeyPool keys;
  private final Function<UUID, RequestAborts.Result> abort;
  private final Function<UUID, @Nullable Integer> firstEventMs;
  private final Audit audit;
  private final InstantSource clock;

  /**
   * @param abort closes the connections of a request
   * @param firstEventMs milliseconds to the first content of a request that this node serves
   */
  public RequestRoutes(
      WebContext web,
      Database database,
      AccessTokens tokens,
      KeyPool keys,
      Function<UUID, RequestAborts.Result> abort,
      Function<UUID, @Nullable Integer> firstEventMs,
      Audit audit,
      InstantSource clock) {
    this.web = web;
    this.database = database;
    this.requests = new GatewayQueries(database);
    this.tokens = tokens;
    this.keys = keys;
    this.abort = abort;
    this.firstEventMs = firstEventMs;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/gateway", RequiredRole.VIEWER, ctx -> ctx.redirect(PATH));
    routes.get(PATH, RequiredRole.VIEWER, this::list);
    routes.poll(PATH + "/live", RequiredRole.VIEWER, this::liveList);
    routes.get(PATH + "/{id}", RequiredRole.VIEWER, this::page);
    routes.poll(PATH + "/{id}/live", RequiredRole.VIEWER, this::livePage);
    routes.post(PATH + "/{id}/cancellation", RequiredRole.OPERATOR, this::abort);
    routes.get("/gateway/keys/{id}", RequiredRole.VIEWER, this::ofKey);
    routes.poll("/gateway/keys/{id}/newest", RequiredRole.VIEWER, this::newestOfKey);
  }

  private void list(Context ctx) {
    var page = listOf(ctx, tokensToChoose(ctx));
    web.page(
        ctx,
        PageMeta.of("Requests", Section.GATEWAY).refreshedWhile(page.live(), REFRESH_SECONDS),
        web.templates().gatewayRequests(page, page.version(clock.instant())));
  }

  /** The tokens used last, and the one by which the list is filtered. */
  private List<TokenDetail> tokensToChoose(Context ctx) {
    UUID workspace = CurrentUser.of(ctx).workspaceId();
    UUID chosen = Page.cursor(ctx.queryParam("token"));
    var choice = new ArrayList<>(tokens.latest(workspace, RequestsPage.MAX_TOKENS));
    if (chosen != null && choice.stream().noneMatch(token -> token.id().equals(chosen))) {
      tokens.find(workspace, chosen).ifPresent(choice::add);
    }
    return choice;
  }

  private void liveList(Context ctx) {
    var page = listOf(ctx, List.of()); // the list of tokens to choose from is not updated
    String version = page.version(clock.instant());
    web.update(ctx, version, web.templates().gatewayRequestsMoved(page, version));
  }

  private void page(Context ctx) {
    var page = pageOf(ctx);
    web.page(
        ctx,
        PageMeta.of("Request " + page.line().shortId(), Section.GATEWAY)
            .refreshedWhile(page.live(), REFRESH_SECONDS),
        web.templates().gatewayRequest(page, page.version(clock.instant())));
  }

  private void livePage(Context ctx) {
    var page = pageOf(ctx);
    String version = page.version(clock.instant());
    web.update(ctx, version, web.templates().gatewayRequestMoved(page, version));
  }

  /** Aborts a request in flight, but only after its audit entry has been written. */
  private void abort(Context ctx) {
    var line = line(request(ctx));
    if (line.row().inFlight()) {
      database.runTx(
          tx ->
              audit.record(
                  tx,
                  CurrentUser.of(ctx),
                  AuditAction.ABORTED_REQUEST,
                  line.id(),
                  Map.of("token", line.row().tokenName(), "model", line.row().modelAsked())));
    }
    var result =
        line.row().inFlight() ? abort.apply(line.row().id()) : RequestAborts.Result.NOT_IN_FLIGHT;
    var tone = result == RequestAborts.Result.NOT_IN_FLIGHT ? Severity.INFO : Severity.OK;
    web.flash(ctx, tone, sentence(result));
    Htmx.seeOther(ctx, line.path());
  }

  private static String sentence(RequestAborts.Result result) {
    return switch (result) {
      case ABORTED ->
          "Abort requested. An answer that is already complete stays as it is. The provider may charge"
              + " for it either way.";
      case REQUESTED ->
          "Another node is serving the request and was told to abort it. This takes a second or two."
              + " The provider may still charge for it.";
      case NOT_IN_FLIGHT -> "The request is no longer in flight, so there is nothing to abort.";
    };
  }

  private void ofKey(Context ctx) {
    UUID workspace = CurrentUser.of(ctx).workspaceId();
    var key = keys.get(workspace, Form.pathId(ctx));
    UUID before = Page.cursor(ctx.queryParam("before"));
    var rows = requests.ofKey(workspace, key.id(), before, RequestsPage.SIZE + 1);
    var page = KeyRequestsPage.of(key, rows, before, RequestsPage.SIZE);
    web.page(
        ctx,
        PageMeta.of("Requests with " + key.name(), Section.GATEWAY),
        web.templates().gatewayKey(page));
  }

  /** The newest calls for the page of a key; empty if the key has none. */
  private void newestOfKey(Context ctx) {
    UUID workspace = CurrentUser.of(ctx).workspaceId();
    var key = keys.get(workspace, Form.pathId(ctx));
    var rows = requests.ofKey(workspace, key.id(), null, NEWEST_SHOWN + 1);
    var page = KeyRequestsPage.of(key, rows, null, NEWEST_SHOWN);
    web.update(ctx, Htmx.version(rows), web.templates().gatewayKeyNewest(page));
  }

  private RequestsPage listOf(Context ctx, List<TokenDetail> choice) {
    UUID workspace = CurrentUser.of(ctx).workspaceId();
    UUID before = Page.cursor(ctx.queryParam("before"));
    var query =
        new RequestsPage.Query(
            ctx.queryParam("state"),
            Page.cursor(ctx.queryParam("token")),
            SearchText.of(ctx.queryParam("model")));
    return RequestsPage.of(
        new BaseUrl(web.address(ctx, "")),
        query,
        requests.counts(workspace, clock.instant().minus(COUNT_PERIOD)),
        requests.requests(workspace, query.filter(), before, RequestsPage.SIZE + 1).stream()
            .map(this::line)
            .toList(),
        choice,
        before);
  }

  private RequestLine line(GatewayRequestRow row) {
    Integer first = row.inFlight() ? firstEventMs.apply(row.id()) : row.firstEventMs();
    return new RequestLine(row, first, clock.instant());
  }

  private RequestPage pageOf(Context ctx) {
    var row = request(ctx);
    return RequestPage.of(
        line(row),
        requests.attempts(row.workspaceId(), row.id()),
        tokens.find(row.workspaceId(), row.tokenId()).isPresent());
  }

  private GatewayRequestRow request(Context ctx) {
    return requests
        .request(CurrentUser.of(ctx).workspaceId(), id(ctx))
        .orElseThrow(() -> new NotFound("There is no such request, or it is no longer kept."));
  }

  private static UUID id(Context ctx) {
    return RequestId.parse(ctx.pathParam("id")).orElseGet(() -> Form.pathId(ctx));
  }
}

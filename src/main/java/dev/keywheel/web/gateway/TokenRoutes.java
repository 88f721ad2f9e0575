package dev.keywheel.web.gateway;

import dev.keywheel.gateway.model.DefaultModels;
import dev.keywheel.gateway.model.ListedModel;
import dev.keywheel.gateway.model.ModelDirectory;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.gateway.token.IssuedToken;
import dev.keywheel.gateway.token.TokenDetail;
import dev.keywheel.gateway.token.TokenRules;
import dev.keywheel.gateway.token.TokenSettings;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.web.form.EditConflict;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

public final class TokenRoutes implements Screen {
  static final String PATH = "/gateway/tokens";
  private static final String CHANGED =
      "This token was changed after you opened it. Your entries are still here; compare them with"
          + " the token above. Save again to replace its settings with yours.";

  private static final String ROTATED =
      "The form was sent more than once, or another user has rotated this token since you opened it."
          + " The new secret was shown after that rotation. If you do not have it, open the token"
          + " and press Rotate.";

  private final WebContext web;
  private final AccessTokens tokens;
  private final ModelDirectory models;
  private final DefaultModels defaultModels;
  private final KeyList keys;
  private final Providers providers;
  private final InstantSource clock;

  public TokenRoutes(
      WebContext web,
      AccessTokens tokens,
      ModelDirectory models,
      KeyList keys,
      Providers providers,
      InstantSource clock) {
    this.web = web;
    this.tokens = tokens;
    this.models = models;
    this.defaultModels = new DefaultModels(models);
    this.keys = keys;
    this.providers = providers;
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.VIEWER, ctx -> list(ctx, TokenForm.empty(offered()), null));
    routes.postSteppedUp(PATH, RequiredRole.ADMIN, this::create);
    routes.get(PATH + "/{id}", RequiredRole.VIEWER, this::page);
    routes.postSteppedUp(PATH + "/{id}", RequiredRole.ADMIN, this::change);
    routes.postSteppedUp(PATH + "/{id}/rotation", RequiredRole.ADMIN, this::rotate);
    routes.post(PATH + "/{id}/revocation", RequiredRole.ADMIN, this::revoke);
  }

  private void create(Context ctx) {
    try {
      TokenSettings settings = read(ctx, null);
      UUID id =
          Parameter.parsed(Form.of(ctx).raw("token_id"), UUID::fromString)
              .orElseGet(tokens::nextId);
      IssuedToken issued = tokens.create(CurrentUser.of(ctx), id, settings);
      UUID workspace = CurrentUser.of(ctx).workspaceId();
      String model = model(workspace, settings, defaultModels.isOffered(workspace, settings));
      list(ctx, TokenForm.empty(offered()), issued(ctx, settings, issued, false, model));
    } catch (Rejected rejected) {
      ctx.status(422);
      list(ctx, TokenForm.sent(ctx, offered(), rejected), null);
    }
  }

  private void page(Context ctx) {
    TokenDetail token = token(ctx);
    page(ctx, token, TokenForm.of(token.settings(), offered()), null);
  }

  private void change(Context ctx) {
    try {
      TokenSettings before = token(ctx).settings();
      tokens.change(
          CurrentUser.of(ctx),
          Form.pathId(ctx),
          read(ctx, before),
          now ->
              EditConflict.check(
                  Form.of(ctx), TokenForm.of(now, offered()).shown(), new Rejected(CHANGED)));
      web.done(
          ctx,
          PATH + "/" + Form.pathId(ctx),
          "Token changed. It applies from the next request on.");
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, token(ctx), TokenForm.sent(ctx, offered(), rejected), null);
    }
  }

  /**
   * @param before the settings before the change; null for a new token
   */
  private TokenSettings read(Context ctx, @Nullable TokenSettings before) {
    Instant expiry = before == null ? null : before.scope().expiresAt();
    Set<String> limit = before == null ? Set.of() : before.scope().providers();
    String model = before == null ? null : before.defaultModel();
    return Rejections.collect(
        fields -> {
          TokenSettings read = TokenForm.read(Form.of(ctx), offered(), limit, fields);
          fields.check(() -> TokenRules.validate(read, expiry, clock.instant()));
          fields.check(() -> defaultModels.check(CurrentUser.of(ctx).workspaceId(), read, model));
          return read;
        });
  }

  private void rotate(Context ctx) {
    Duration grace = Duration.ofHours(Form.of(ctx).wholeNumber("grace", 0, 24 * 30));
    IssuedToken issued =
        tokens.rotate(
            CurrentUser.of(ctx),
            Form.pathId(ctx),
            grace,
            now -> EditConflict.check(Form.of(ctx), now, new Conflict("Already rotated", ROTATED)));
    TokenDetail token = token(ctx);
    page(ctx, token, TokenForm.of(token.settings(), offered()), issued);
  }

  private void revoke(Context ctx) {
    tokens.revoke(CurrentUser.of(ctx), Form.pathId(ctx));
    web.done(ctx, PATH, "Token revoked. Its requests are refused from now on.");
  }

  private void list(Context ctx, TokenForm form, @Nullable IssuedPage issued) {
    var now = clock.instant();
    UUID workspace = CurrentUser.of(ctx).workspaceId();
    String all = ctx.queryParam("revoked");
    var request = Page.request(ctx, TokensPage.SIZE);
    List<TokenLine> lines =
        tokens.page(workspace, all != null, request).stream()
            .map(token -> TokenLine.of(token, now))
            .toList();
    var search = request.text();
    var url = Url.of(PATH).with("q", search).with("revoked", all);
    var shown = Page.of(lines, request, url, line -> line.token().id());
    int revoked = all == null ? tokens.countRevoked(workspace, request) : 0;
    var page =
        new TokensPage(
            tokens.nextId(), base(ctx), shown, search, all != null, revoked, form, issued);
    web.page(
        ctx, PageMeta.of("Access tokens", Section.GATEWAY), web.templates().gatewayTokens(page));
  }

  /**
   * @param rotated the new secret, if this is the answer to a rotation
   */
  private void page(Context ctx, TokenDetail token, TokenForm form, @Nullable IssuedToken rotated) {
    var now = clock.instant();
    UUID workspace = CurrentUser.of(ctx).workspaceId();
    TokenSettings settings = token.settings();
    boolean offered = defaultModels.isOffered(workspace, settings);
    String model = model(workspace, settings, offered);
    IssuedPage issued = rotated == null ? null : issued(ctx, settings, rotated, true, model);
    var page =
        new TokenPage(
            tokens.nextId(),
            base(ctx),
            TokenLine.of(token, now),
            form,
            model,
            offered,
            issued,
            now);
    web.page(
        ctx,
        PageMeta.of("Token " + settings.name(), Section.GATEWAY),
        web.templates().gatewayToken(page));
  }

  private IssuedPage issued(
      Context ctx, TokenSettings settings, IssuedToken issued, boolean rotated, String model) {
    Set<String> tags = settings.scope().keyTags();
    boolean keyless = !tags.isEmpty() && !keys.hasAnyTag(CurrentUser.of(ctx).workspaceId(), tags);
    return new IssuedPage(
        settings.name().strip(), rotated, keyless, issued.secret(), base(ctx), model);
  }

  /**
   * A model that the token can use, for the snippets; an example if no catalogue has one.
   *
   * @param defaultOffered whether the token can use its default model
   */
  private String model(UUID workspace, TokenSettings settings, boolean defaultOffered) {
    return Optional.ofNullable(settings.defaultModel())
        .filter(_ -> defaultOffered)
        .or(
            () ->
                models.list(workspace, settings.scope()).stream().map(ListedModel::id).findFirst())
        .orElse(Snippet.EXAMPLE);
  }

  private TokenDetail token(Context ctx) {
    return tokens.get(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx));
  }

  private BaseUrl base(Context ctx) {
    return new BaseUrl(web.address(ctx, ""));
  }

  private List<Provider> offered() {
    return providers.all();
  }
}

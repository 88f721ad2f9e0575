package dev.keywheel.web.gateway;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.call.TrialCall;
import dev.keywheel.gateway.model.Alias;
import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.model.Aliases;
import dev.keywheel.gateway.model.ListedModel;
import dev.keywheel.gateway.model.ModelDirectory;
import dev.keywheel.gateway.model.Target;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.imports.LabelValidator;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.provider.Providers;
import dev.keywheel.web.form.EditConflict;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.gateway.ModelsPage.RefusedChange;
import dev.keywheel.web.gateway.ModelsPage.Suggestion;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

public final class ModelRoutes implements Screen {
  private static final String PATH = "/gateway/models";
  private static final String ALIASES = "/gateway/aliases";

  private static final String CHANGED =
      "These targets were changed after you opened them: they are now as listed above. Your text is"
          + " still here; save again to replace them.";

  private static final String SENT =
      "This test request was sent before and was not sent again. Its outcome is listed under"
          + " Requests.";

  /** Families of models that coding tools request by names such as {@code claude-opus}. */
  private static final List<String> FAMILIES = List.of("opus", "sonnet", "haiku");

  private final WebContext web;
  private final Database database;
  private final ModelDirectory models;
  private final Aliases aliases;
  private final KeyPool keys;
  private final TrialCall trials;

  public ModelRoutes(
      WebContext web,
      Database database,
      ModelDirectory models,
      Aliases aliases,
      KeyPool keys,
      TrialCall trials) {
    this.web = web;
    this.database = database;
    this.models = models;
    this.aliases = aliases;
    this.keys = keys;
    this.trials = trials;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(
        PATH, RequiredRole.VIEWER, ctx -> page(ctx, prefilled(ctx), null, query(ctx, "try"), null));
    routes.post(PATH + "/trials", RequiredRole.OPERATOR, this::send);
    routes.formsOn(ALIASES, PATH);
    routes.post(ALIASES, RequiredRole.ADMIN, this::create);
    routes.post(ALIASES + "/{id}", RequiredRole.ADMIN, this::change);
    routes.post(ALIASES + "/{id}/enablement", RequiredRole.ADMIN, ctx -> enable(ctx, true));
    routes.post(ALIASES + "/{id}/disablement", RequiredRole.ADMIN, ctx -> enable(ctx, false));
    routes.post(ALIASES + "/{id}/deletion", RequiredRole.ADMIN, this::delete);
  }

  private void send(Context ctx) {
    String model = LabelValidator.validate("try", "model", Form.of(ctx).text("try", 200));
    var result = trials.send(CurrentUser.of(ctx), Form.of(ctx).requestId(), model, web.client(ctx));
    if (result.isEmpty()) {
      web.flash(ctx, Severity.INFO, SENT);
      Htmx.seeOther(ctx, Url.of(PATH).with("try", model).toString());
      return;
    }
    page(ctx, Fields.none(), null, model, result.get());
  }

  private void create(Context ctx) {
    var form = Form.of(ctx);
    try {
      String name = form.raw("name").strip();
      List<AliasTarget> targets =
          Rejections.collect(
              fields -> {
                var read = fields.read(List.<AliasTarget>of(), () -> AliasForm.targets(form));
                fields.check(() -> form.text("name", 200));
                fields.check(() -> aliases.check(name, read));
                return read;
              });
      aliases.create(CurrentUser.of(ctx), name, targets);
      web.flash(ctx, created(CurrentUser.of(ctx).workspaceId(), targets));
      Htmx.seeOther(ctx, PATH);
    } catch (Rejected rejected) {
      ctx.status(422);
      page(ctx, Fields.sent(ctx).refused(rejected), null, "", null);
    }
  }

  /** The message about a new alias; names the first target that is in no catalogue. */
  private Flash created(UUID workspace, List<AliasTarget> targets) {
    return targets.stream()
        .filter(target -> !target.model().contains("*"))
        .filter(target -> models.isMissing(workspace, target.provider(), target.model()))
        .findFirst()
        .map(
            target ->
                new Flash(
                    Severity.WARN,
                    "Alias created, but %s is not in the catalogue of %s."
                        .formatted(target.model(), Providers.label(target.provider())),
                    null))
        .orElseGet(
            () -> new Flash(Severity.OK, "Alias created. Programs can request it now.", null));
  }

  private void change(Context ctx) {
    var form = Form.of(ctx);
    try {
      aliases.change(
          CurrentUser.of(ctx),
          Form.pathId(ctx),
          AliasForm.targets(form),
          now -> EditConflict.check(form, AliasForm.text(now), new Rejected(CHANGED)));
      web.done(ctx, PATH, "Alias changed. It applies from the next request on.");
    } catch (Rejected rejected) {
      ctx.status(422);
      Fields typed = Fields.sent(ctx).refused(rejected);
      String why =
          Objects.requireNonNullElseGet(
              typed.error("targets"), () -> String.valueOf(rejected.getMessage()));
      page(
          ctx, Fields.none(), new RefusedChange(alias(ctx), typed.value("targets"), why), "", null);
    }
  }

  private Alias alias(Context ctx) {
    return aliases.get(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx));
  }

  private void enable(Context ctx, boolean enabled) {
    aliases.enable(CurrentUser.of(ctx), Form.pathId(ctx), enabled);
    web.done(
        ctx,
        PATH,
        enabled
            ? "Alias enabled."
            : "Alias disabled. Requests for it are refused unless another alias or a model matches.");
  }

  private void delete(Context ctx) {
    aliases.delete(CurrentUser.of(ctx), Form.pathId(ctx));
    web.done(
        ctx,
        PATH,
        "Alias deleted. Requests for it are refused unless another alias or a model matches.");
  }

  private void page(
      Context ctx,
      Fields fields,
      @Nullable RefusedChange changing,
      String tried,
      TrialCall.@Nullable Result result) {
    UUID workspace = CurrentUser.of(ctx).workspaceId();
    List<Alias> all = aliases.of(workspace);
    List<ListedModel> listed = models.list(workspace, TokenScope.ALL);
    var page =
        new ModelsPage(
            new BaseUrl(web.address(ctx, "")),
            all,
            suggestions(all, listed),
            query(ctx, "q"),
            listed,
            models.catalogues(workspace),
            fields,
            changing,
            trial(workspace, tried, result));
    web.page(ctx, PageMeta.of("Models", Section.GATEWAY), web.templates().gatewayModels(page));
  }

  private @Nullable ModelTrial trial(
      UUID workspace, String model, TrialCall.@Nullable Result result) {
    if (model.isEmpty()) {
      return null;
    }
    List<Target> targets = models.resolve(workspace, TokenScope.ALL, GatewayOperation.CHAT, model);
    return new ModelTrial(
        model, targets.stream().map(target -> step(workspace, target)).toList(), result);
  }

  private ModelTrial.Step step(UUID workspace, Target target) {
    boolean missing = models.isMissing(workspace, target.pool().provider(), target.model());
    int usable =
        database.inTx(tx -> keys.rotation().countUsable(tx, target.pool(), target.modelClass()));
    return new ModelTrial.Step(target, missing, usable);
  }

  /**
   * Suggests an alias for each family without an alias, with a target if a catalogue has a model of
   * the family.
   */
  private static List<Suggestion> suggestions(List<Alias> aliases, List<ListedModel> models) {
    return FAMILIES.stream()
        .filter(family -> aliases.stream().noneMatch(a -> a.name().equals("claude-" + family)))
        .map(family -> new Suggestion("claude-" + family, target(family, models)))
        .toList();
  }

  private static String target(String family, List<ListedModel> models) {
    return models.stream()
        .filter(model -> !model.alias() && model.id().matches("anthropic/claude.*" + family + ".*"))
        .findFirst()
        .map(model -> model.provider() + "/" + model.id())
        .orElse("");
  }

  private static Fields prefilled(Context ctx) {
    return Fields.none().with("name", query(ctx, "name")).with("targets", query(ctx, "targets"));
  }

  private static String query(Context ctx, String name) {
    return Objects.requireNonNullElse(ctx.queryParam(name), "").strip();
  }
}

package dev.keywheel.web.settings;

import dev.keywheel.article.edit.PublicationSettings;
import dev.keywheel.article.run.model.RunSettings;
import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.state.PoolSeating;
import dev.keywheel.people.factor.SignInSettings;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.recovery.store.RecoverySettings;
import dev.keywheel.retention.Retention;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;

/** Routes for the general settings, such as the assignment rule, key tests and models. */
final class SettingsRoutes implements Screen {
  private final WebContext web;
  private final SettingsService settingsService;
  private final Retention retention;

  SettingsRoutes(WebContext web, SettingsService settingsService, Retention retention) {
    this.web = web;
    this.settingsService = settingsService;
    this.retention = retention;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/settings", RequiredRole.VIEWER, ctx -> page(ctx, Fields.none()));
    routes.post("/settings/rule", RequiredRole.ADMIN, ctx -> save(ctx, this::saveRule));
    routes.post("/settings/tests", RequiredRole.ADMIN, ctx -> save(ctx, this::saveTests));
    routes.post("/settings/runs", RequiredRole.ADMIN, ctx -> save(ctx, this::saveRuns));
    routes.post(
        "/settings/gateway", RequiredRole.ADMIN, ctx -> save(ctx, this::saveGateway, "byAccount"));
    routes.post("/settings/publishing", RequiredRole.ADMIN, ctx -> save(ctx, this::savePublishing));
    routes.postSteppedUp(
        "/settings/retention", RequiredRole.INSTANCE_ADMIN, ctx -> save(ctx, this::saveRetention));
    routes.postSteppedUp(
        "/settings/sign-in",
        RequiredRole.INSTANCE_ADMIN,
        ctx -> save(ctx, this::saveSignIn, SignInSettings.FOR_ADMINS));
    routes.post(
        "/settings/models/{provider}", RequiredRole.ADMIN, ctx -> save(ctx, this::saveModels));
  }

  private interface Saving {
    void save(Form form, Context ctx, Principal who);
  }

  /**
   * @param checkboxes names of the checkboxes of the form; a browser omits those that are not
   *     ticked
   */
  private void save(Context ctx, Saving saving, String... checkboxes) {
    try {
      saving.save(Form.of(ctx), ctx, CurrentUser.of(ctx));
      web.done(ctx, "/settings", "Saved.");
    } catch (Rejected rejected) {
      ctx.status(422);
      Fields sent = Fields.sent(ctx).refused(rejected);
      for (String name : checkboxes) {
        sent = ctx.formParamMap().containsKey(name) ? sent : sent.with(name, "");
      }
      page(ctx, sent);
    }
  }

  private void saveRule(Form form, Context ctx, Principal who) {
    int most = AssignmentSettings.MAX_KEYS;
    AssignmentSettings rule =
        Rejections.collect(
            fields -> {
              int required = fields.read(most, () -> form.wholeNumber("required", 1, most));
              int minimum = whole(fields, form, "minimum", 1, most);
              return new AssignmentSettings(required, minimum);
            });
    settingsService.save(who, form, SettingsGroup.RULE, _ -> rule);
  }

  private void saveTests(Form form, Context ctx, Principal who) {
    RecoverySettings tests =
        Rejections.collect(
            fields ->
                new RecoverySettings(
                    whole(fields, form, "atOnce", 1, RecoverySettings.MAX_AT_ONCE),
                    whole(fields, form, "deadlineSeconds", 1, RecoverySettings.LONGEST_DEADLINE)));
    settingsService.save(who, form, SettingsGroup.TESTS, _ -> tests);
  }

  private void saveRuns(Form form, Context ctx, Principal who) {
    settingsService.save(who, form, SettingsGroup.RUNS, _ -> limits(form));
  }

  private static RunSettings limits(Form form) {
    return Rejections.collect(
        fields ->
            new RunSettings(
                whole(fields, form, "runsAtOnce", 1, RunSettings.MAX_AT_ONCE),
                whole(fields, form, "waitHours", 1, RunSettings.MAX_WAIT_HOURS),
                whole(fields, form, "retries", 0, RunSettings.MAX_RETRIES)));
  }

  private void saveGateway(Form form, Context ctx, Principal who) {
    int calls =
        form.raw("callsPerKey").isBlank()
            ? 0
            : form.wholeNumber("callsPerKey", 1, PoolSeating.MAX_CALLS_PER_KEY);
    settingsService.saveGatewayKeyRules(
        who, form, new PoolSeating(form.ticked("byAccount"), calls, null));
  }

  private void savePublishing(Form form, Context ctx, Principal who) {
    settingsService.save(
        who,
        form,
        SettingsGroup.PUBLISHING,
        before ->
            PublicationSettings.of(
                form.raw("site"), form.raw("author"), form.raw("publisher"), before));
  }

  private void saveRetention(Form form, Context ctx, Principal who) {
    int most = RetentionSettings.MAX_DAYS;
    int least = RetentionSettings.MIN_DAYS;
    RetentionSettings kept =
        Rejections.collect(
            fields ->
                new RetentionSettings(
                    whole(fields, form, "logDays", RetentionSettings.MIN_LOG_DAYS, most),
                    whole(fields, form, "historyDays", least, most),
                    whole(fields, form, "rawDays", least, most),
                    whole(fields, form, "previewDays", least, most),
                    fields.read(0, () -> auditDays(form)),
                    whole(fields, form, "gatewayDays", least, most),
                    whole(fields, form, "articleTrashDays", least, most)));
    settingsService.saveInstance(who, form, SettingsGroup.RETENTION, kept);
  }

  /** The integer in a field; {@code least} if the field is rejected. */
  private static int whole(Rejections fields, Form form, String name, int least, int most) {
    return fields.read(least, () -> form.wholeNumber(name, least, most));
  }

  /** Days for which the audit log is kept; an empty field or 0 keeps it forever. */
  private static int auditDays(Form form) {
    var text = form.raw("auditDays").strip();
    if (text.isEmpty() || text.equals("0")) {
      return 0;
    }
    int least = RetentionSettings.MIN_AUDIT_DAYS;
    int most = RetentionSettings.MAX_DAYS;
    try {
      return form.wholeNumber("auditDays", least, most);
    } catch (Rejected outside) {
      throw new Rejected(
          "auditDays",
          "Leave it empty, or enter a whole number from " + least + " to " + most + ".");
    }
  }

  private void saveSignIn(Form form, Context ctx, Principal who) {
    var rules = new SignInSettings(form.ticked(SignInSettings.FOR_ADMINS));
    if (rules.secondFactorForAdmins() && !CurrentUser.session(ctx).factors().any()) {
      throw new Rejected(
          SignInSettings.FOR_ADMINS,
          "You have no second factor yourself. Set one up in My account, then require it here.");
    }
    settingsService.saveInstance(who, form, SettingsGroup.SIGN_IN, rules);
  }

  private void saveModels(Form form, Context ctx, Principal who) {
    settingsService.saveModels(who, ctx.pathParam("provider"), form);
  }

  private void page(Context ctx, Fields sent) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    var saved = settingsService.saved(workspace);
    var page =
        new GeneralPage(
            settingsService.fields(saved, sent),
            saved,
            settingsService.models(),
            retention.reports(workspace).stream().filter(one -> one.removed() > 0).toList(),
            web.theme(ctx));
    web.page(ctx, PageMeta.of(Section.SETTINGS), web.templates().settingsIndex(page));
  }
}

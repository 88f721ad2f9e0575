package dev.keywheel.web.settings;

import dev.keywheel.article.Publishing;
import dev.keywheel.article.run.RunRule;
import dev.keywheel.assignment.PoolRule;
import dev.keywheel.people.Person;
import dev.keywheel.problem.Refused;
import dev.keywheel.recovery.RecoverySettings;
import dev.keywheel.retention.Retention;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.web.Access;
import dev.keywheel.web.Fields;
import dev.keywheel.web.Form;
import dev.keywheel.web.Head;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;

/** The general settings: the rule of the pool, the tests, the models, publishing, the look. */
public final class SettingsRoutes implements Screen {
  private final Web web;
  private final Choices choices;
  private final Retention retention;

  public SettingsRoutes(Web web, Choices choices, Retention retention) {
    this.web = web;
    this.choices = choices;
    this.retention = retention;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/settings", Access.VIEWER, ctx -> page(ctx, Fields.none()));
    routes.post("/settings/rule", Access.ADMIN, ctx -> save(ctx, this::saveRule));
    routes.post("/settings/tests", Access.ADMIN, ctx -> save(ctx, this::saveTests));
    routes.post("/settings/runs", Access.ADMIN, ctx -> save(ctx, this::saveRuns));
    routes.post("/settings/publishing", Access.ADMIN, ctx -> save(ctx, this::savePublishing));
    routes.post("/settings/retention", Access.ADMIN, ctx -> save(ctx, this::saveRetention));
    routes.post("/settings/models/{provider}", Access.ADMIN, ctx -> save(ctx, this::saveModels));
  }

  /** Reads one form and keeps it. */
  private interface Saving {
    void save(Form form, Context ctx, Person who);
  }

  private void save(Context ctx, Saving saving) {
    try {
      saving.save(Form.of(ctx), ctx, Viewer.of(ctx));
      web.view().flash(ctx, Tone.OK, "Saved.");
      Htmx.seeOther(ctx, "/settings");
    } catch (Refused refused) {
      ctx.status(422);
      page(ctx, Fields.sent(ctx).refused(refused));
    }
  }

  private void saveRule(Form form, Context ctx, Person who) {
    var required = form.whole("required", 1, 100);
    var minimum = form.whole("minimum", 1, 100);
    choices.keep(who, new PoolRule(required, minimum));
  }

  private void saveTests(Form form, Context ctx, Person who) {
    var atOnce = form.whole("atOnce", 1, RecoverySettings.MOST_AT_ONCE);
    var deadline = form.whole("deadlineSeconds", 1, RecoverySettings.LONGEST_DEADLINE);
    choices.keep(who, new RecoverySettings(atOnce, deadline));
  }

  private void saveRuns(Form form, Context ctx, Person who) {
    var before = choices.runs(who.workspaceId());
    choices.keep(
        who,
        new RunRule(
            form.whole("runsAtOnce", 1, RunRule.MOST_AT_ONCE),
            form.whole("waitHours", 1, RunRule.LONGEST_WAIT_HOURS),
            before.cost(),
            form.whole("retries", 0, RunRule.MOST_RETRIES)));
  }

  private void savePublishing(Form form, Context ctx, Person who) {
    choices.keep(who, Publishing.of(form.raw("site"), form.raw("author"), form.raw("publisher")));
  }

  private void saveRetention(Form form, Context ctx, Person who) {
    int most = RetentionSettings.MOST_DAYS;
    int least = RetentionSettings.LEAST_DAYS;
    choices.keep(
        who,
        new RetentionSettings(
            form.whole("logDays", RetentionSettings.LEAST_LOG_DAYS, most),
            form.whole("historyDays", least, most),
            form.whole("rawDays", least, most),
            form.whole("previewDays", least, most)));
  }

  private void saveModels(Form form, Context ctx, Person who) {
    choices.keepModels(who, ctx.pathParam("provider"), form);
  }

  private void page(Context ctx, Fields sent) {
    var workspace = Viewer.of(ctx).workspaceId();
    var page =
        new GeneralPage(
            choices.fields(workspace, sent),
            choices.models(),
            retention.reports(workspace),
            web.theme(ctx));
    web.view().page(ctx, Head.of(Section.SETTINGS), web.templates().settingsIndex(page));
  }
}

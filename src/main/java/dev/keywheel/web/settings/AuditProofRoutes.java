package dev.keywheel.web.settings;

import dev.keywheel.db.Database;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.AuditExport;
import dev.keywheel.people.audit.ExportCheck;
import dev.keywheel.people.audit.ExportKey;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;

final class AuditProofRoutes implements Screen {
  private static final String PATH = AuditLogRoutes.PATH + "/proof";

  private final WebContext web;
  private final Audit audit;
  private final AuditExport exports;
  private final ExportCheck check;
  private final Database db;

  AuditProofRoutes(
      WebContext web, Audit audit, AuditExport exports, ExportCheck check, Database db) {
    this.web = web;
    this.audit = audit;
    this.exports = exports;
    this.check = check;
    this.db = db;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.ADMIN, ctx -> page(ctx, Fields.none(), Optional.empty()));
    routes.post(PATH + "/export", RequiredRole.ADMIN, AuditLogRoutes.DOWNLOAD, this::export);
    routes.post(PATH + "/check", RequiredRole.ADMIN, this::check);
    routes.postSteppedUp(PATH + "/signing-key", RequiredRole.INSTANCE_ADMIN, this::replaceKey);
  }

  /** Records the export before sending it; if the recording fails, nothing is exported. */
  private void export(Context ctx) throws IOException {
    AuditExport.Range range;
    try {
      exports.key();
      range = range(ctx);
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      page(ctx, Fields.sent(ctx).refused(rejected), Optional.empty());
      return;
    }
    record(CurrentUser.of(ctx), range);
    ctx.header("Content-Disposition", "attachment; filename=\"keywheel-audit-log.zip\"");
    WebContext.setBinaryType(ctx, "application/zip");
    exports.write(range, ctx.outputStream());
  }

  private void record(Principal who, AuditExport.Range range) {
    var details =
        Map.of(
            "from", range.from(), "to", range.to(), "entries", range.first() + "–" + range.last());
    db.runTx(
        tx ->
            audit.record(
                tx, range.workspace(), who, AuditAction.EXPORTED_AUDIT_LOG, "with proof", details));
  }

  private AuditExport.Range range(Context ctx) {
    var form = Form.of(ctx);
    var workspace = AuditLogChoice.of(ctx).workspace(CurrentUser.of(ctx));
    return Rejections.collect(
        fields -> {
          var from = fields.read(LocalDate.EPOCH, () -> day(form, "from"));
          var to = day(form, "to").plusDays(1);
          return exports.range(workspace, start(from), start(to));
        });
  }

  private static LocalDate day(Form form, String field) {
    return Parameter.parsed(form.text(field, 10), LocalDate::parse)
        .orElseThrow(() -> new Rejected(field, "Enter a date, such as 2026-01-31."));
  }

  private static Instant start(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  private void check(Context ctx) throws IOException {
    var file = ctx.uploadedFile("file");
    try {
      if (file == null || file.size() == 0) {
        throw new Rejected("file", "Choose a file.");
      }
      exports.key(); // loads the keys of other nodes, with which the file may be signed
      try (var content = file.content()) {
        page(ctx, Fields.none(), Optional.of(check.check(content)));
      }
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      page(ctx, Fields.none().refused(rejected), Optional.empty());
    }
  }

  private void replaceKey(Context ctx) {
    audit.startSegments(CurrentUser.of(ctx));
    web.done(ctx, PATH, "New entries are signed with a new key.");
  }

  private ExportKey exportKey() {
    try {
      return exports.key();
    } catch (Rejected keysUnreadable) {
      return exports.knownKey();
    }
  }

  private void page(Context ctx, Fields fields, Optional<ExportCheck.Result> checked) {
    Optional<ExportKey> key = web.vaultSealed() ? Optional.empty() : Optional.of(exportKey());
    var page = new AuditProofPage(AuditLogChoice.of(ctx), fields, key, checked);
    web.page(
        ctx,
        PageMeta.of("Audit log: export", Section.SETTINGS),
        web.templates().settingsAuditProof(page));
  }
}

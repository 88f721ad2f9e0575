package dev.keywheel.web.settings;

import dev.keywheel.people.audit.AuditExport;
import dev.keywheel.people.audit.ExportCheck;
import dev.keywheel.people.audit.ExportKey;
import dev.keywheel.web.form.Fields;
import java.util.Optional;

/**
 * Exports of the audit log with their proof.
 *
 * @param key the key that signs exports; empty while the vault is sealed
 * @param checkResult the result of checking an uploaded export; empty if none was uploaded
 */
public record AuditProofPage(
    AuditLogChoice log,
    Fields fields,
    Optional<ExportKey> key,
    Optional<ExportCheck.Result> checkResult) {

  /** Shell commands that verify an export without Keywheel. */
  public String commands() {
    return AuditExport.COMMANDS;
  }
}

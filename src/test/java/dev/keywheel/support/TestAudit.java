package dev.keywheel.support;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.AuditAnchor;
import dev.keywheel.people.audit.AuditVerification;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.UUID;

/** Audit logs for tests that are not about the audit log. */
public final class TestAudit {
  private TestAudit() {}

  /** An audit log without signatures, as while the vault is sealed. */
  public static Audit unsigned(Database db, InstantSource clock) {
    return new Audit(db, vault(db, "", clock).auditKeys(), clock);
  }

  /** An audit log signed with the data keys of this database, under this key-encryption key. */
  public static Audit signed(Database db, String kek, InstantSource clock) {
    var vault = vault(db, kek, clock);
    vault.unseal();
    return new Audit(db, vault.auditKeys(), clock);
  }

  /** The verification of such a log, with its own anchor file. */
  public static AuditVerification verification(Audit audit, Database db, InstantSource clock) {
    var keys = vault(db, "", clock).auditKeys();
    var file = Path.of("target", "test-anchor-" + UUID.randomUUID());
    return new AuditVerification(db, keys, audit, new AuditAnchor(file, keys), clock);
  }

  private static Vault vault(Database db, String kek, InstantSource clock) {
    var random = new SecureRandom();
    return new Vault(
        db, KekSource.variable("KEYWHEEL_KEK", kek), random, new Ids(clock, random), clock);
  }
}

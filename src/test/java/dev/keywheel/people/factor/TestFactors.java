package dev.keywheel.people.factor;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.people.CheapPasswords;
import dev.keywheel.secret.KekSource;
import dev.keywheel.secret.Vault;
import dev.keywheel.support.TestPool;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** Second factors for tests; codes of an authenticator app need {@link Vault#unseal} first. */
public final class TestFactors {
  private TestFactors() {}

  public static Factors of(Database db, InstantSource clock) {
    return of(vault(db, clock), Optional.empty());
  }

  public static Factors of(Vault vault, Optional<URI> publicUrl) {
    return Factors.of(vault, new SecureRandom(), CheapPasswords.get(), PasskeySite.of(publicUrl));
  }

  public static Vault vault(Database db, InstantSource clock) {
    var random = new SecureRandom();
    return new Vault(
        db,
        KekSource.variable("KEYWHEEL_KEK", TestPool.KEK),
        random,
        new Ids(clock, random),
        clock);
  }

  /** The code that an authenticator app with this secret shows at this time. */
  public static String code(String secret, Instant now) {
    return Totp.code(secret, Totp.step(now));
  }
}

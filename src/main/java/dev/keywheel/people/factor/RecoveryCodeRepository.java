package dev.keywheel.people.factor;

import static dev.keywheel.db.schema.Tables.RECOVERY_CODES;

import dev.keywheel.db.Tx;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.DSLContext;

/**
 * Recovery codes: each code replaces the other factors in one sign-in. The codes of a user share a
 * random salt, so that a typed code is hashed once and not once for each stored code.
 */
public final class RecoveryCodeRepository {
  /** Number of codes in a set. */
  public static final int CODES = 10;

  /** Maximum number of unused codes at which pages suggest making new codes. */
  public static final int FEW = 3;

  /** Contains no letters or digits that are easily confused. */
  private static final String ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";

  /** Number of characters in each of the two groups of a code, which has about 49 bits. */
  private static final int GROUP = 5;

  private static final int SALT_BYTES = 16;

  private final SecureRandom random;
  private final CodeHash hash;

  RecoveryCodeRepository(SecureRandom random, CodeHash hash) {
    this.random = random;
    this.hash = hash;
  }

  /** A new set: the codes for the user, and the hashes and the salt to store. */
  public record NewCodes(List<String> codes, List<byte[]> hashes, byte[] salt) {
    @Override
    public String toString() {
      return "NewCodes[…]";
    }
  }

  /** Creates a set. Takes a quarter of a second, so call it outside a transaction. */
  public NewCodes make() {
    var salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    var codes = IntStream.range(0, CODES).mapToObj(i -> code()).toList();
    var hashes = codes.stream().map(code -> hash.hash(new EnteredCode(code).text(), salt)).toList();
    return new NewCodes(codes, hashes, salt);
  }

  private String code() {
    var text = new StringBuilder();
    for (int i = 0; i < 2 * GROUP; i++) {
      text.append(i == GROUP ? "-" : "").append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString();
  }

  public void replace(Tx tx, UUID user, NewCodes made) {
    removeAll(tx, user);
    for (byte[] codeHash : made.hashes()) {
      tx.dsl()
          .insertInto(RECOVERY_CODES)
          .set(RECOVERY_CODES.USER_ID, user)
          .set(RECOVERY_CODES.CODE_HASH, codeHash)
          .set(RECOVERY_CODES.SALT, made.salt())
          .execute();
    }
  }

  public Optional<byte[]> salt(DSLContext dsl, UUID user) {
    return dsl.select(RECOVERY_CODES.SALT)
        .from(RECOVERY_CODES)
        .where(RECOVERY_CODES.USER_ID.eq(user))
        .limit(1)
        .fetchOptional(RECOVERY_CODES.SALT);
  }

  /** The hash of a typed code. Slow, so call it outside a transaction. */
  public byte[] hash(EnteredCode code, byte[] salt) {
    return hash.hash(code.text(), salt);
  }

  /** Consumes the code; true if the user has this code and it was unused. */
  public boolean use(Tx tx, UUID user, byte[] hashed, Instant now) {
    return tx.dsl()
            .update(RECOVERY_CODES)
            .set(RECOVERY_CODES.USED_AT, now)
            .where(
                RECOVERY_CODES.USER_ID.eq(user),
                RECOVERY_CODES.CODE_HASH.eq(hashed),
                RECOVERY_CODES.USED_AT.isNull())
            .execute()
        > 0;
  }

  public int countUnused(DSLContext dsl, UUID user) {
    return dsl.fetchCount(
        RECOVERY_CODES, RECOVERY_CODES.USER_ID.eq(user), RECOVERY_CODES.USED_AT.isNull());
  }

  public void removeAll(Tx tx, UUID user) {
    tx.dsl().deleteFrom(RECOVERY_CODES).where(RECOVERY_CODES.USER_ID.eq(user)).execute();
  }
}

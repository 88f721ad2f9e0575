package dev.keywheel.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.VaultState.Open;
import dev.keywheel.secret.VaultState.Sealed;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.crypto.Mac;
import org.jooq.DSLContext;

/**
 * Seals and opens secrets. Holds the data keys unwrapped in memory after {@link #unseal}; the
 * database stores them only wrapped by the key-encryption key (KEK). If the KEK is missing or
 * wrong, the vault is {@link Sealed}: it reports the required key id and never creates a new key
 * over existing data.
 *
 * <p>A database dump is useless without the KEK; both together reveal all secrets. Thread-safe.
 */
public final class Vault {
  private final DataKeyRepository keys;
  private final KekSource source;
  private final SecureRandom random;
  private final AesGcm aesGcm;
  private final AtomicReference<KeyRing> keyRing = new AtomicReference<>(KeyRing.EMPTY);
  private volatile VaultState state = new Sealed("", "The vault has not been unsealed yet.");
  private final AuditKeys auditKeys;
  private final KekRotation kekRotation;
  private final List<Runnable> waitingTasks = new ArrayList<>();

  public Vault(
      Database database, KekSource source, SecureRandom random, Ids ids, InstantSource clock) {
    this.source = source;
    this.random = random;
    this.aesGcm = new AesGcm(random);
    this.keys = new DataKeyRepository(database, aesGcm, random, ids, clock);
    this.auditKeys = new AuditKeys(keyRing, keys, this);
    this.kekRotation = new KekRotation(database, this, source, keys, random, clock);
  }

  public record EncryptedSecret(UUID dataKeyId, byte[] ciphertext) {}

  /**
   * Reads the KEK and unwraps the data keys. For an empty database, creates the data keys, and the
   * KEK if Keywheel manages the source. Called at startup, and by an administrator after providing
   * the right key.
   */
  public synchronized VaultState unseal() {
    List<Kek> keks;
    try {
      keks = source.read();
    } catch (IllegalArgumentException e) {
      String needed = keys.neededKekId();
      String which =
          needed.isEmpty() ? "" : " This database needs the key-encryption key " + needed + ".";
      return enterSealed(needed, "The key-encryption key " + e.getMessage() + "." + which);
    }
    List<DataKeyRepository.Row> rows = keys.all();
    if (rows.isEmpty()) {
      if (keks.isEmpty() && !source.managed()) {
        return enterSealed("", "There is no key-encryption key in " + source.name() + ".");
      }
      if (keks.isEmpty()) {
        keks = List.of(Kek.generate(random));
        source.write(keks);
      }
      rows = keys.createMissing(keks.getFirst());
    }
    return open(withAuditKey(rows, keks), keks);
  }

  private List<DataKeyRepository.Row> withAuditKey(
      List<DataKeyRepository.Row> rows, List<Kek> keks) {
    String needed = rows.getFirst().kekId();
    return DataKeyRepository.hasAuditKey(rows)
        ? rows
        : keks.stream()
            .filter(kek -> kek.id().equals(needed))
            .findFirst()
            .map(keys::createMissing)
            .orElse(rows);
  }

  public VaultState state() {
    return state;
  }

  /** Throws {@link VaultSealedException} if the vault is sealed. */
  public void requireOpen() {
    ringOrRefuse();
  }

  /** Runs the task once: now if the vault is open, otherwise when it opens. */
  public synchronized void whenOpen(Runnable task) {
    if (state instanceof Open) {
      task.run();
    } else {
      waitingTasks.add(task);
    }
  }

  /**
   * Encrypts with the current data key, which another node may have replaced.
   *
   * @param dsl the transaction that stores the ciphertexts
   */
  public Sealer sealer(DSLContext dsl) {
    KeyRing current = ringOrRefuse();
    UUID active = keys.lockSealing(dsl);
    CipherKey key = current.find(active);
    return new Sealer(aesGcm, active, key == null ? reload(dsl).key(active) : key);
  }

  /**
   * Decrypts a secret. If another node has created the data key, reads that key from the database;
   * inside a transaction, call {@link #loadDataKey} first.
   *
   * @throws IllegalStateException if the ciphertext was altered, or belongs to another context
   */
  public Secret open(EncryptedSecret encryptedSecret, EncryptionContext context) {
    CipherKey key = ringOrRefuse().find(encryptedSecret.dataKeyId());
    CipherKey known = key == null ? keys.read(this::reload).key(encryptedSecret.dataKeyId()) : key;
    try {
      return Secret.of(
          new String(aesGcm.open(known, encryptedSecret.ciphertext(), context), UTF_8));
    } catch (AesGcm.Damaged e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Reads the data key if this node does not know it yet. */
  public void loadDataKey(DSLContext dsl, UUID dataKeyId) {
    if (ringOrRefuse().find(dataKeyId) == null) {
      reload(dsl);
    }
  }

  private KeyRing reload(DSLContext dsl) {
    KeyRing before = ringOrRefuse();
    // keeps an audit key that a transaction of this node has not committed
    KeyRing fresh = unwrapped(dsl).verifyingLike(before);
    keyRing.compareAndSet(before, fresh); // a vault that was sealed since then stays sealed
    return fresh;
  }

  /**
   * Unwraps the data keys in the database.
   *
   * @throws VaultSealedException if the KEK is missing or unreadable, or a data key is damaged
   */
  KeyRing unwrapped(DSLContext dsl) {
    return withKek(() -> keys.unwrap(keys.select(dsl), readKeks(VaultSealedException::new)));
  }

  /** HMAC-SHA-256 under a separate key: equal for equal secrets of a pool, reveals nothing else. */
  public byte[] fingerprint(UUID workspace, String provider, Secret secret) {
    Mac mac = ringOrRefuse().fingerprints().hmac();
    mac.update((workspace + "|" + provider + "|").getBytes(UTF_8));
    return mac.doFinal(secret.reveal().getBytes(UTF_8));
  }

  /** The keys that sign and verify the audit log; they can be used only while the vault is open. */
  public AuditKeys auditKeys() {
    return auditKeys;
  }

  public KekRotation kekRotation() {
    return kekRotation;
  }

  /**
   * Replaces the data key that seals secrets. Other nodes read it when they need it.
   *
   * @return the id of the new key
   */
  UUID replaceDataKey(Tx tx) {
    requireOpen();
    return withKek(() -> keys.replace(tx, DataKeyRepository.SECRETS, this::readKeks));
  }

  /**
   * Calls {@code change} with the id of the KEK in use, which another node, or an interrupted
   * change of this node, may have changed. {@link #unseal} waits until it ends.
   */
  synchronized KekRotation.RewrapResult changeKek(
      Function<String, KekRotation.RewrapResult> change) {
    if (!(state instanceof Open)) {
      throw new VaultSealedException(sealedMessage());
    }
    var done = change.apply(keys.neededKekId());
    state = new Open(done.toKekId());
    return done;
  }

  /** Throws {@link Rejected} if the source of the KEK cannot be read. */
  List<Kek> readKeks() {
    return readKeks(Rejected::new);
  }

  private List<Kek> readKeks(Function<String, Rejected> problem) {
    try {
      return source.read();
    } catch (IllegalArgumentException e) {
      throw problem.apply("The key-encryption key " + e.getMessage() + ".");
    }
  }

  /** Runs the task. Throws {@link VaultSealedException} for a missing KEK or a damaged data key. */
  <T> T withKek(Supplier<T> task) {
    try {
      return task.get();
    } catch (DataKeyRepository.NoKek e) {
      throw new VaultSealedException(
          neededSentence(e.neededKekId(), readKeks(VaultSealedException::new)));
    } catch (AesGcm.Damaged e) {
      throw new VaultSealedException(damagedSentence(e), true);
    }
  }

  private static String damagedSentence(AesGcm.Damaged damaged) {
    return damaged.getMessage() + ". Restore the table data_keys.";
  }

  private VaultState open(List<DataKeyRepository.Row> rows, List<Kek> keks) {
    try {
      keyRing.set(keys.unwrap(rows, keks));
      state = new Open(rows.getFirst().kekId());
      runWaitingTasks();
      return state;
    } catch (DataKeyRepository.NoKek e) {
      return enterSealed(e.neededKekId(), neededSentence(e.neededKekId(), keks));
    } catch (AesGcm.Damaged e) {
      return enterSealed(rows.getFirst().kekId(), damagedSentence(e));
    }
  }

  /** Runs the waiting tasks. If one fails, seals the vault, so that unsealing retries the task. */
  private void runWaitingTasks() {
    try {
      while (!waitingTasks.isEmpty()) {
        waitingTasks.getFirst().run();
        waitingTasks.removeFirst();
      }
    } catch (RuntimeException e) {
      enterSealed("", "The vault was unsealed, but jobs could not be started. Unseal it again.");
      throw e;
    }
  }

  private String neededSentence(String needed, List<Kek> keks) {
    String found =
        keks.isEmpty()
            ? "contains none"
            : "contains the key " + String.join(", ", keks.stream().map(Kek::id).toList());
    return ("This database needs the key-encryption key %s; %s %s. Until it is provided, no"
            + " API key is used and no change is saved.")
        .formatted(needed, source.name(), found);
  }

  private VaultState enterSealed(String needed, String sentence) {
    keyRing.set(KeyRing.EMPTY);
    state = new Sealed(needed, sentence);
    return state;
  }

  private KeyRing ringOrRefuse() {
    KeyRing current = Objects.requireNonNull(keyRing.get());
    if (current == KeyRing.EMPTY) {
      throw new VaultSealedException(sealedMessage());
    }
    return current;
  }

  private String sealedMessage() {
    return state instanceof Sealed(String needed, String sentence)
        ? sentence
        : "The vault is sealed.";
  }
}

package dev.keywheel.people.factor;

import static java.util.stream.Collectors.toUnmodifiableSet;

import com.yubico.webauthn.CredentialRepository;
import com.yubico.webauthn.RegisteredCredential;
import com.yubico.webauthn.data.ByteArray;
import com.yubico.webauthn.data.PublicKeyCredentialDescriptor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/** The passkeys that the WebAuthn library may look up in a ceremony, read before it begins. */
record KnownPasskeys(List<Passkey> passkeys) implements CredentialRepository {
  /** The user handle that authenticators store: the user's id, without personal data. */
  static ByteArray handle(UUID user) {
    return new ByteArray(
        ByteBuffer.allocate(2 * Long.BYTES)
            .putLong(user.getMostSignificantBits())
            .putLong(user.getLeastSignificantBits())
            .array());
  }

  Optional<Passkey> withId(ByteArray credentialId) {
    return passkeys.stream()
        .filter(passkey -> Arrays.equals(passkey.credentialId(), credentialId.getBytes()))
        .findFirst();
  }

  @Override
  public Set<PublicKeyCredentialDescriptor> getCredentialIdsForUsername(String username) {
    return passkeys.stream()
        .filter(passkey -> passkey.userId().toString().equals(username))
        .map(
            passkey ->
                PublicKeyCredentialDescriptor.builder()
                    .id(new ByteArray(passkey.credentialId()))
                    .build())
        .collect(toUnmodifiableSet());
  }

  @Override
  public Optional<ByteArray> getUserHandleForUsername(String username) {
    return user(user -> user.toString().equals(username)).map(KnownPasskeys::handle);
  }

  @Override
  public Optional<String> getUsernameForUserHandle(ByteArray userHandle) {
    return user(user -> handle(user).equals(userHandle)).map(UUID::toString);
  }

  private Optional<UUID> user(Predicate<UUID> which) {
    return passkeys.stream().map(Passkey::userId).filter(which).findFirst();
  }

  @Override
  public Optional<RegisteredCredential> lookup(ByteArray credentialId, ByteArray userHandle) {
    return withId(credentialId)
        .filter(passkey -> handle(passkey.userId()).equals(userHandle))
        .map(KnownPasskeys::credential);
  }

  @Override
  public Set<RegisteredCredential> lookupAll(ByteArray credentialId) {
    return withId(credentialId).stream()
        .map(KnownPasskeys::credential)
        .collect(toUnmodifiableSet());
  }

  private static RegisteredCredential credential(Passkey passkey) {
    return RegisteredCredential.builder()
        .credentialId(new ByteArray(passkey.credentialId()))
        .userHandle(handle(passkey.userId()))
        .publicKeyCose(new ByteArray(passkey.publicKey()))
        .signatureCount(passkey.signCount())
        .build();
  }
}

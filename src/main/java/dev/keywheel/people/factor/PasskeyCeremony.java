package dev.keywheel.people.factor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.yubico.webauthn.AssertionRequest;
import com.yubico.webauthn.FinishAssertionOptions;
import com.yubico.webauthn.FinishRegistrationOptions;
import com.yubico.webauthn.RelyingParty;
import com.yubico.webauthn.StartAssertionOptions;
import com.yubico.webauthn.StartRegistrationOptions;
import com.yubico.webauthn.data.AuthenticatorSelectionCriteria;
import com.yubico.webauthn.data.PublicKeyCredential;
import com.yubico.webauthn.data.PublicKeyCredentialCreationOptions;
import com.yubico.webauthn.data.RelyingPartyIdentity;
import com.yubico.webauthn.data.ResidentKeyRequirement;
import com.yubico.webauthn.data.UserIdentity;
import com.yubico.webauthn.data.UserVerificationRequirement;
import com.yubico.webauthn.exception.AssertionFailedException;
import com.yubico.webauthn.exception.RegistrationFailedException;
import dev.keywheel.problem.Rejected;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Registers and verifies passkeys (WebAuthn). Every passkey is discoverable and verifies its user
 * (PIN, fingerprint, face), so a passkey is sufficient for a sign-in. Does not access the database.
 * The library throws many kinds of exceptions for malformed answers, including runtime exceptions,
 * so every exception counts as a wrong answer.
 */
public final class PasskeyCeremony {
  private static final String NAME = "Keywheel";
  private static final long TIMEOUT = ChallengeRepository.GOOD_FOR.toMillis();

  private final PasskeySite site;

  PasskeyCeremony(PasskeySite site) {
    this.site = site;
  }

  /** A verified answer: its passkey, and the passkey's new counter. */
  public record Verified(Passkey passkey, long signCount) {}

  /**
   * The request for a new passkey, in the form for the database, which is needed to verify the
   * answer. Excludes authenticators that have one of {@code own}.
   */
  public String registration(UUID user, String email, List<Passkey> own) {
    // The authenticator shows this name. The library cannot find passkeys by it, so they are
    // excluded explicitly below.
    var name = UserIdentity.builder().name(email).displayName(email);
    var options =
        party(new KnownPasskeys(own))
            .startRegistration(
                StartRegistrationOptions.builder()
                    .user(name.id(KnownPasskeys.handle(user)).build())
                    .authenticatorSelection(
                        AuthenticatorSelectionCriteria.builder()
                            .residentKey(ResidentKeyRequirement.REQUIRED)
                            .userVerification(UserVerificationRequirement.REQUIRED)
                            .build())
                    .timeout(TIMEOUT)
                    .build())
            .toBuilder()
            .excludeCredentials(new KnownPasskeys(own).getCredentialIdsForUsername(user.toString()))
            .build();
    try {
      return options.toJson();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The form of a {@link #registration} for the browser. */
  public String registrationJson(String stored) {
    try {
      return PublicKeyCredentialCreationOptions.fromJson(stored).toCredentialsCreateJson();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Verifies the answer to {@link #registration}.
   *
   * @throws Rejected if it is not a valid answer
   */
  public Passkey verifyRegistration(
      String stored, String answer, UUID id, UUID user, String name, Instant now) {
    try {
      var done =
          party(new KnownPasskeys(List.of()))
              .finishRegistration(
                  FinishRegistrationOptions.builder()
                      .request(PublicKeyCredentialCreationOptions.fromJson(stored))
                      .response(PublicKeyCredential.parseRegistrationResponseJson(answer))
                      .build());
      return new Passkey(
          id,
          user,
          done.getKeyId().getId().getBytes(),
          done.getPublicKeyCose().getBytes(),
          done.getSignatureCount(),
          name,
          now,
          null);
    } catch (RegistrationFailedException | IOException | RuntimeException e) {
      throw new Rejected("passkey", "This passkey could not be added. Try again.");
    }
  }

  /** Creates the request for one of the user's passkeys. */
  public String assertion(UUID user, List<Passkey> own) {
    return assertion(
        new KnownPasskeys(own), StartAssertionOptions.builder().username(user.toString()));
  }

  /** Creates the request for any passkey of this site; the user chooses one in the browser. */
  public String assertion() {
    return assertion(new KnownPasskeys(List.of()), StartAssertionOptions.builder());
  }

  private String assertion(
      KnownPasskeys known, StartAssertionOptions.StartAssertionOptionsBuilder options) {
    var request =
        party(known)
            .startAssertion(
                options
                    .userVerification(UserVerificationRequirement.REQUIRED)
                    .timeout(TIMEOUT)
                    .build());
    try {
      return request.toJson();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The form of an {@link #assertion} for the browser. */
  public String assertionJson(String stored) {
    try {
      return AssertionRequest.fromJson(stored).toCredentialsGetJson();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The credential id in an answer, which is not verified yet; empty if it is malformed. */
  public Optional<byte[]> credentialId(String answer) {
    try {
      return Optional.of(PublicKeyCredential.parseAssertionResponseJson(answer).getId().getBytes());
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /** Verifies the answer to {@link #assertion} with one of these passkeys; empty if it is wrong. */
  public Optional<Verified> verifyAssertion(String stored, String answer, List<Passkey> allowed) {
    var known = new KnownPasskeys(allowed);
    try {
      var done =
          party(known)
              .finishAssertion(
                  FinishAssertionOptions.builder()
                      .request(AssertionRequest.fromJson(stored))
                      .response(PublicKeyCredential.parseAssertionResponseJson(answer))
                      .build());
      return done.isSuccess() && done.isUserVerified()
          ? known
              .withId(done.getCredential().getCredentialId())
              .map(passkey -> new Verified(passkey, done.getSignatureCount()))
          : Optional.empty();
    } catch (AssertionFailedException | IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private RelyingParty party(KnownPasskeys known) {
    return RelyingParty.builder()
        .identity(RelyingPartyIdentity.builder().id(site.host()).name(NAME).build())
        .credentialRepository(known)
        .origins(Set.of(site.origin()))
        .allowOriginPort(site.anyPort())
        .build();
  }
}

package dev.keywheel.gateway.token;

import dev.keywheel.secret.Secret;
import java.util.UUID;

/** A token and its new secret, which is shown once and not stored. */
public record IssuedToken(UUID id, Secret secret) {}

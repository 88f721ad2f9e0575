package dev.keywheel.gateway.token;

import dev.keywheel.secret.Secret;
import java.util.UUID;

/** A secret that was just made; it is shown once and not stored. */
public record IssuedToken(UUID id, Secret secret) {}

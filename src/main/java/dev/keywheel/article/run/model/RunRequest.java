package dev.keywheel.article.run.model;

import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.run.RunMode;
import java.util.UUID;

/**
 * What a user requests when starting a run.
 *
 * @param demo whether the article is marked as demo content
 * @param id from the form; a second request with this id creates no second run
 */
public record RunRequest(
    RunInputs inputs, PoolId pool, RunMode mode, boolean demo, Principal who, UUID id) {}

package dev.keywheel.article.run.model;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The run that made a version of a part.
 *
 * @param attempt id of the attempt whose reply is the main source; null without one
 */
public record SourceRun(UUID id, long number, @Nullable Long attempt) {}

package io.github.sluiceflags.internal.evaluation;

/**
 * The process that asks: what an SDK was configured with. Kill scopes may name it.
 *
 * @param service null where it is not stated
 * @param version null where it is not stated
 */
public record Asker(String service, String version) {}

package io.github.sluiceflags;

/**
 * How often one answer was given since the client was made.
 *
 * @param variant empty where the caller's default was answered
 */
public record Count(String flag, String variant, Reason reason, long count) {}

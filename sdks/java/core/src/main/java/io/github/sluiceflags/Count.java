package io.github.sluiceflags;

/**
 * How often one answer was given since the client was made.
 *
 * @param variant empty where the caller's default was answered
 * @param cause why the caller's default was answered; null elsewhere
 */
public record Count(String flag, String variant, Reason reason, Cause cause, long count) {}

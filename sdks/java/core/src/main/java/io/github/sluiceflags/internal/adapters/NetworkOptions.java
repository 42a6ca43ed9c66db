package io.github.sluiceflags.internal.adapters;

/**
 * The way to the server.
 *
 * @param proxyUrl null takes what the system properties of Java say
 * @param caFile authorities in PEM form besides those that Java trusts; null for none
 */
public record NetworkOptions(String proxyUrl, String caFile) {}

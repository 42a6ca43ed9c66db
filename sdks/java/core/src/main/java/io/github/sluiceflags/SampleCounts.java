package io.github.sluiceflags;

import java.util.List;

/**
 * What of contexts this process shows its server, and how much of it.
 *
 * @param attributes may leave this process now; empty where nothing is sampled
 * @param sent different contexts that the server has taken
 * @param dropped different contexts that had no room, were too large, or did not reach the server: no harm, and not tried again
 */
public record SampleCounts(List<String> attributes, long sent, long dropped) {}

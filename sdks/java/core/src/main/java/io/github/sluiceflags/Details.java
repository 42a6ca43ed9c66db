package io.github.sluiceflags;

import java.util.List;

/**
 * An answer with everything that is known about it.
 *
 * @param value the caller's default where the reason is {@link Reason#ERROR}
 * @param variant empty where the caller's default is answered
 * @param by the rule id (or {@code #n}, counted from 1), kill id or prerequisite's flag key: whatever the cause names; else empty
 * @param version the snapshot that answered; null where there was none
 * @param problems what was skipped because this SDK could not read it
 */
public record Details<T>(T value, String variant, Reason reason, Cause cause, String by, Version version, List<String> problems) {}

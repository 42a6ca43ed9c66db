package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.Version;
import io.github.sluiceflags.internal.evaluation.Kill;
import io.github.sluiceflags.internal.evaluation.Patch;
import io.github.sluiceflags.internal.evaluation.Snapshot;
import io.github.sluiceflags.internal.serving.Offer;
import io.github.sluiceflags.internal.serving.Step;
import java.util.List;

/** Where a connection brings what it hears, and what it must know. */
public interface Receiver {
  /** What is served; null while nothing is. */
  Version version();

  boolean isReplaced(String epoch);

  /** True where a fresh snapshot is wanted soon, even of the version held. */
  boolean wantsSnapshot();

  /** Takes a snapshot; steps are what was signed, and none where signatures are not checked. */
  Offer snapshot(Snapshot snapshot, List<Kill.Urgent> urgent, List<Step> steps);

  /** Takes a patch; the step is null where signatures are not checked. */
  Offer patch(Patch patch, Step step);

  /** Takes an urgent kill; as a patch. */
  Offer urgent(Kill.Urgent kill, Step step);

  /** The stream said hello. */
  void connected(Wire.Hello hello);

  /** On which terms contexts are sampled, null where they are not. Said with hello and each heartbeat. */
  void samplingIs(String id, long jitterMs);

  /** There is no stream, but the snapshot was asked for and answered. */
  void polled();

  /** The server cannot be reached, or not any more; said after each attempt that failed. */
  void disconnected();
}

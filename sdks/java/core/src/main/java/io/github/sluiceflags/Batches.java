package io.github.sluiceflags;

import io.github.sluiceflags.internal.evaluation.JsonWriter;
import io.github.sluiceflags.internal.serving.Holder;
import io.github.sluiceflags.internal.transport.TelemetrySender;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is told to the server, one batch after the other. Belongs to the SDK's own thread. */
final class Batches implements TelemetrySender.Batches {
  private final OutcomeCounts outcomes;
  private final Counts counts;
  private final Holder holder;
  private final String instance;
  private long number;

  /** Null where none is. */
  private byte[] underWay;

  Batches(OutcomeCounts outcomes, Counts counts, Holder holder, String instance) {
    this.outcomes = outcomes;
    this.counts = counts;
    this.holder = holder;
    this.instance = instance;
  }

  @Override
  public boolean hasOutcomes() {
    return underWay != null || !outcomes.isEmpty();
  }

  @Override
  public boolean isEmpty() {
    return !hasOutcomes() && counts.isTold();
  }

  @Override
  public byte[] next() {
    if (underWay != null) {
      return underWay;
    }
    OutcomeCounts.Taken went = outcomes.take();
    Counts.Taken given = counts.take();
    Map<String, Object> batch = new LinkedHashMap<>();
    batch.put("instance", instance);
    batch.put("batch", ++number);
    batch.put("outcomes", went.outcomes());
    batch.put("droppedOutcomes", went.dropped());
    batch.put("answers", given.answers());
    batch.put("droppedAnswers", given.dropped());
    Version version = holder.version();
    if (version != null) {
      batch.put("applied", Map.of("epoch", version.epoch(), "seq", version.seq()));
    }
    underWay = JsonWriter.write(batch).getBytes(StandardCharsets.UTF_8);
    return underWay;
  }

  @Override
  public void sent() {
    underWay = null;
  }
}

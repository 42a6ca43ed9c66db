package io.github.sluiceflags;

import io.github.sluiceflags.internal.evaluation.Compiled;

/**
 * Answers from the version that was served when it was made, kills included, so that two flags of one request or job agree although a change arrives in
 * between. Let go of it when the request ends: after 30 s it answers from the newest flags. Made by {@link SluiceClient#forRequest()}.
 */
public final class RequestFlags extends FlagAnswers {
  /** Whoever forgets to let go of one must not outlive a kill. */
  private static final long REQUEST_MS_MAX = 30_000;

  private final SluiceClient client;
  private final Compiled held;
  private final long untilMs;
  private volatile boolean isOver;

  RequestFlags(SluiceClient client) {
    super(client.asking());
    this.client = client;
    held = client.compiled();
    untilMs = client.monotonicMs() + REQUEST_MS_MAX;
  }

  @Override
  Compiled compiled() {
    if (!isOver && client.monotonicMs() >= untilMs) {
      isOver = true;
    }
    return isOver ? client.compiled() : held;
  }
}

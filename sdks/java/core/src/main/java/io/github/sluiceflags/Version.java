package io.github.sluiceflags;

/**
 * A position in one environment's history. Within an epoch a client never goes back.
 *
 * @param epoch names the history; a restored backup begins another
 * @param seq counts decisions from 0 up
 */
public record Version(String epoch, long seq) {
  /** {@code epoch:seq}, as the protocol writes it. */
  @Override
  public String toString() {
    return epoch + ":" + seq;
  }
}

package io.github.sluiceflags;

/** Where a client's flags come from. */
public enum State {
  /** Nothing received yet: the code's defaults are answered. */
  STARTING,
  /** The server is reached and its flags are answered. */
  READY,
  /** Cut off: the last good flags are answered. */
  STALE,
  /** No server was configured, or the client was closed. */
  OFFLINE
}

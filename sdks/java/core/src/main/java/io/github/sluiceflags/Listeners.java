package io.github.sluiceflags;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Called one after another; one that throws harms neither the others nor us. */
final class Listeners<T> {
  private final String what;
  private final Warnings warnings;
  private final List<Consumer<T>> all = new CopyOnWriteArrayList<>();

  Listeners(String what, Warnings warnings) {
    this.what = what;
    this.warnings = warnings;
  }

  /** Gives what ends it. */
  Runnable add(Consumer<T> listener) {
    // The same listener may be added twice, and each end ends one.
    Consumer<T> own = listener::accept;
    all.add(own);
    return () -> all.remove(own);
  }

  void call(T news) {
    for (Consumer<T> listener : all) {
      try {
        listener.accept(news);
      } catch (Throwable fault) {
        // Errors too, such as of a class that is not there: behind a listener stands the connection that kills come by.
        warnings.fault(what, fault);
      }
    }
  }

  void clear() {
    all.clear();
  }
}

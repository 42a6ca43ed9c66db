package io.github.sluiceflags;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * How a client is set up. Nothing in here can make the host fail: what cannot be used is logged, and the code's defaults are answered. Absent is null
 * everywhere.
 */
public final class SluiceOptions {
  private static final Duration READY_WAIT = Duration.ofSeconds(1);
  private static final Duration READY_WAIT_MAX = Duration.ofMinutes(1);
  private static final Duration REFRESH_EVERY_MIN = Duration.ofSeconds(1);
  private static final Duration REFRESH_EVERY_MAX = Duration.ofHours(1);

  /** Flags that a process counts by customer: each such answer costs a hash. */
  private static final int COUNTED_FLAGS_MAX = 100;

  final String url;
  final String key;
  final String environment;
  final String service;
  final String version;
  final Path cacheDir;
  final List<String> signatureKeys;
  final List<String> sampledAttributes;

  /** Null where there are none. */
  final Set<String> countCustomersOf;

  final Duration readyWait;

  /** Null where a stream keeps the flags new. */
  final Duration refreshEvery;

  final Path snapshotFile;
  final String snapshot;
  final String proxyUrl;
  final String caFile;
  final System.Logger log;
  final Consumer<Change> onChange;
  final Consumer<String> strict;

  private SluiceOptions(Builder from) {
    url = from.url;
    key = from.key;
    environment = from.environment;
    service = from.service;
    version = from.version;
    cacheDir = from.cacheDir;
    signatureKeys = from.signatureKeys;
    sampledAttributes = from.sampledAttributes;
    countCustomersOf = counted(from.countCustomersOf);
    readyWait = within(from.readyWait);
    refreshEvery = everyOf(from.refreshEvery);
    snapshotFile = from.snapshotFile;
    snapshot = from.snapshot;
    proxyUrl = from.proxyUrl;
    caFile = from.caFile;
    log = from.log == null ? System.getLogger("sluice") : from.log;
    onChange = from.onChange;
    strict = from.strict;
  }

  private static Set<String> counted(List<String> flags) {
    return flags == null || flags.isEmpty() ? null : flags.stream().limit(COUNTED_FLAGS_MAX).collect(Collectors.toUnmodifiableSet());
  }

  private static Duration within(Duration wait) {
    if (wait == null) {
      return READY_WAIT;
    }
    return wait.isNegative() ? Duration.ZERO : wait.compareTo(READY_WAIT_MAX) > 0 ? READY_WAIT_MAX : wait;
  }

  private static Duration everyOf(Duration every) {
    if (every == null) {
      return null;
    }
    return every.compareTo(REFRESH_EVERY_MIN) < 0 ? REFRESH_EVERY_MIN : every.compareTo(REFRESH_EVERY_MAX) > 0 ? REFRESH_EVERY_MAX : every;
  }

  /** Attributes that may be sampled; null for whatever the server declares, which is not signed. */
  List<String> sampledInForce() {
    return sampledAttributes == null && signatureKeys != null ? List.of() : sampledAttributes;
  }

  boolean hasBundle() {
    return snapshotFile != null || snapshot != null;
  }

  /** Begins with nothing set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Sets what a client needs to know; each may be left out. */
  public static final class Builder {
    private String url;
    private String key;
    private String environment;
    private String service;
    private String version;
    private Path cacheDir;
    private List<String> signatureKeys;
    private List<String> sampledAttributes;
    private List<String> countCustomersOf;
    private Duration readyWait;
    private Duration refreshEvery;
    private Path snapshotFile;
    private String snapshot;
    private String proxyUrl;
    private String caFile;
    private System.Logger log;
    private Consumer<Change> onChange;
    private Consumer<String> strict;

    private Builder() {}

    /** The server's address, such as {@code https://flags.example.com}; a path prefix is kept. Absent with a snapshot: no server is asked. */
    public Builder url(String is) {
      url = is;
      return this;
    }

    /** The SDK key. It belongs to one environment. */
    public Builder key(String is) {
      key = is;
      return this;
    }

    /** The environment this process must be in. A key of another one is then refused with a message; absent accepts whatever the key belongs to. */
    public Builder environment(String is) {
      environment = is;
      return this;
    }

    /**
     * For functions that are frozen between invocations: no stream, no timer. {@link SluiceClient#refresh} at the beginning of an invocation asks for the
     * flags where they are older than that, 1 s–1 h; {@link SluiceClient#flush} at its end sends what was counted. Absent: a stream keeps them new.
     */
    public Builder refreshEvery(Duration is) {
      refreshEvery = is;
      return this;
    }

    /**
     * Flags whose answers are counted by customer (as a hash; names do not travel) and told apart, at most 100. 2,000 different counts wait at a time, and
     * what has no room is told without a customer.
     */
    public Builder countCustomersOf(List<String> is) {
      countCustomersOf = is;
      return this;
    }

    /** The name of this service, as kills and the console show it. */
    public Builder service(String is) {
      service = is;
      return this;
    }

    /** This application's version (SemVer), which kills may be limited to. */
    public Builder version(String is) {
      version = is;
      return this;
    }

    /** A folder for the last good flags, so that a restart without a server answers as before. Absent: nothing is kept. */
    public Builder cacheDir(Path is) {
      cacheDir = is;
      return this;
    }

    /**
     * Public keys of the server, as {@code sluice signing-keys} prints them ({@code slv_…}): one, or two while one follows the other, at most 4. With
     * them, what none of them has signed for the environment is refused and the last good flags go on; absent checks nothing.
     */
    public Builder signatureKeys(List<String> are) {
      signatureKeys = are == null ? null : List.copyOf(are);
      return this;
    }

    /**
     * Attributes that this process may show its server of the contexts that it answers, whatever {@code sluice.yaml} declares to be sampled; an empty list
     * for none. Absent: those that {@code sluice.yaml} declares; none where there are signature keys, because what is declared is not signed.
     */
    public Builder sampledAttributes(List<String> are) {
      sampledAttributes = are == null ? null : List.copyOf(are);
      return this;
    }

    /** How long {@link SluiceClient#ready()} waits at most: 0 to 1 minute, 1 s where it is absent. */
    public Builder readyWait(Duration is) {
      readyWait = is;
      return this;
    }

    /** A snapshot file to start from, or to work without any server. */
    public Builder snapshotFile(Path is) {
      snapshotFile = is;
      return this;
    }

    /** The same from memory, such as a resource of the application. */
    public Builder snapshot(String is) {
      snapshot = is;
      return this;
    }

    /** The proxy to the server, with its port; absent takes what Java's system properties say ({@code https.proxyHost} and the like). */
    public Builder proxyUrl(String is) {
      proxyUrl = is;
      return this;
    }

    /** A file with certificate authorities in PEM form that are trusted besides those of Java. */
    public Builder caFile(String is) {
      caFile = is;
      return this;
    }

    /** Where messages go, one when something begins or ends; absent is the logger {@code sluice} of Java's own logging. */
    public Builder log(System.Logger is) {
      log = is;
      return this;
    }

    /** The same as {@link SluiceClient#onChange}, from the very start. */
    public Builder onChange(Consumer<Change> is) {
      onChange = is;
      return this;
    }

    /** Told what a test should not overlook (the test kit sets it); each once per key. */
    public Builder strict(Consumer<String> is) {
      strict = is;
      return this;
    }

    /** The options as they are now. */
    public SluiceOptions build() {
      return new SluiceOptions(this);
    }
  }
}

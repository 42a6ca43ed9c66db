package io.github.sluiceflags.internal.adapters;

import io.github.sluiceflags.internal.ports.Log;
import io.github.sluiceflags.internal.ports.World;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Java's own HTTP client behind the port: HTTP/1.1, no redirects, bodies as they come, one piece after the other. */
final class Network {
  private static final Duration CONNECT_MAX = Duration.ofSeconds(10);

  private final NetworkOptions options;
  private final Log log;
  private final Consumer<Runnable> post;
  /** Idle threads end by themselves: to shut them down would keep Java's client from ending what was cancelled, and so from being collected. */
  private static final long IDLE_S = 1;

  private final Executor threads =
      new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_S, TimeUnit.SECONDS, new SynchronousQueue<>(), RealWorld.named("sluice-http", thread -> {}));
  private HttpClient client;

  Network(NetworkOptions options, Log log, Consumer<Runnable> post) {
    this.options = options;
    this.log = log;
    this.post = post;
  }

  /** Made when it is first needed, since it has a thread of its own. */
  private synchronized HttpClient client() {
    if (client == null) {
      HttpClient.Builder builder =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(CONNECT_MAX)
              .executor(threads);
      useProxy(builder);
      useAuthorities(builder);
      client = builder.build();
    }
    return client;
  }

  private void useProxy(HttpClient.Builder builder) {
    if (options.proxyUrl() == null) {
      builder.proxy(ProxySelector.getDefault());
      return;
    }
    try {
      URI proxy = URI.create(options.proxyUrl());
      if (proxy.getHost() != null && proxy.getPort() > 0) {
        builder.proxy(ProxySelector.of(new InetSocketAddress(proxy.getHost(), proxy.getPort())));
        return;
      }
    } catch (IllegalArgumentException noAddress) {
      // Said below, as for an address without a host.
    }
    log.error("sluice.network", "A network option is not used: proxyUrl \"" + options.proxyUrl() + "\" is not a web address with a port.");
  }

  private void useAuthorities(HttpClient.Builder builder) {
    if (options.caFile() == null) {
      return;
    }
    try {
      builder.sslContext(trusting(Path.of(options.caFile())));
    } catch (GeneralSecurityException | IOException | RuntimeException unusable) {
      log.error("sluice.network", "A network option is not used: the certificates in " + options.caFile() + " cannot be read: " + unusable + ".");
    }
  }

  private static SSLContext trusting(Path file) throws GeneralSecurityException, IOException {
    KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
    authorities.load(null, null);
    int count = 0;
    for (X509Certificate known : defaultTrust().getAcceptedIssuers()) {
      authorities.setCertificateEntry("java-" + count++, known);
    }
    try (InputStream text = Files.newInputStream(file)) {
      Collection<? extends Certificate> added = CertificateFactory.getInstance("X.509").generateCertificates(text);
      if (added.isEmpty()) {
        throw new IOException("there is no certificate in it");
      }
      for (Certificate one : added) {
        authorities.setCertificateEntry("added-" + count++, one);
      }
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  private static X509TrustManager defaultTrust() throws GeneralSecurityException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager trust) {
        return trust;
      }
    }
    throw new GeneralSecurityException("this Java trusts nobody");
  }

  World.Cancel send(World.Request request, World.Listener listener) {
    Call call = new Call(listener);
    // Looking a name up may hang, so not on the SDK's own thread.
    threads.execute(() -> call.begin(request));
    return call::cancel;
  }

  /** The client's thread of its own ends when nobody knows it any more: before Java 21 there is no other way to end it. */
  synchronized void close() {
    client = null;
  }

  /** One request and its answer. */
  private final class Call {
    private final World.Listener listener;
    private CompletableFuture<?> reply;
    private Body body;
    private volatile boolean hasHead;
    private boolean isOver;

    Call(World.Listener listener) {
      this.listener = listener;
    }

    void begin(World.Request asked) {
      if (isOver()) {
        return;
      }
      try {
        HttpRequest.BodyPublisher body =
            asked.body() == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(asked.body());
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(asked.url())).method(asked.method(), body);
        asked.headers().forEach(request::header);
        CompletableFuture<?> sent = client().sendAsync(request.build(), this::heard);
        if (!keep(sent)) {
          sent.cancel(true);
        }
        sent.whenComplete((done, fault) -> ended(fault));
      } catch (RuntimeException unsendable) {
        ended(unsendable);
      }
    }

    private synchronized boolean keep(CompletableFuture<?> sent) {
      reply = sent;
      return !isOver;
    }

    private HttpResponse.BodySubscriber<Void> heard(HttpResponse.ResponseInfo info) {
      Map<String, String> headers = new HashMap<>();
      for (Map.Entry<String, List<String>> header : info.headers().map().entrySet()) {
        headers.put(header.getKey().toLowerCase(Locale.ROOT), String.join(", ", header.getValue()));
      }
      hasHead = true;
      tell(() -> listener.head(info.statusCode(), headers));
      return new Body(this);
    }

    private void tell(Runnable what) {
      post.accept(
          () -> {
            if (!isOver()) {
              what.run();
            }
          });
    }

    private synchronized boolean isOver() {
      return isOver;
    }

    private void ended(Throwable fault) {
      post.accept(
          () -> {
            if (!finish()) {
              return;
            }
            forget();
            if (fault != null && !hasHead && isAskedAgain(fault)) {
              listener.askedAgain();
            }
            listener.ended(fault == null ? null : reasonOf(fault));
          });
    }

    private synchronized boolean finish() {
      boolean wasOpen = !isOver;
      isOver = true;
      return wasOpen;
    }

    /** Java's client is collected, and its thread ends, once nobody holds anything of it. */
    private synchronized void forget() {
      reply = null;
      body = null;
    }

    /** False where the call is over: the body is wanted no more. */
    private synchronized boolean takes(Body begun) {
      if (!isOver) {
        body = begun;
      }
      return !isOver;
    }

    void cancel() {
      if (!finish()) {
        return;
      }
      CompletableFuture<?> sent;
      Body begun;
      synchronized (this) {
        sent = reply;
        begun = body;
      }
      if (sent != null) {
        sent.cancel(true);
      }
      if (begun != null) {
        begun.abandon();
      }
      forget();
    }
  }

  /** Asks for the next piece of a body when the SDK has taken the last one, so that a fast server fills no memory. */
  private static final class Body implements HttpResponse.BodySubscriber<Void> {
    private final Call call;
    private final CompletableFuture<Void> whole = new CompletableFuture<>();
    private Flow.Subscription own;

    Body(Call call) {
      this.call = call;
    }

    @Override
    public CompletionStage<Void> getBody() {
      return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      own = subscription;
      if (call.takes(this)) {
        own.request(1);
      } else {
        abandon();
      }
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
      if (call.isOver()) {
        abandon();
        return;
      }
      // No streams and no lambdas: the first flags wait while a JVM makes them.
      int size = 0;
      for (ByteBuffer piece : pieces) {
        size += piece.remaining();
      }
      ByteBuffer joined = ByteBuffer.allocate(size);
      for (ByteBuffer piece : pieces) {
        joined.put(piece);
      }
      call.tell(
          () -> {
            call.listener.chunk(joined.array());
            own.request(1);
          });
    }

    /** Nobody is told how a body ends whose pieces were cancelled; until it has ended, Java's client counts the request as under way and stays. */
    private void abandon() {
      own.cancel();
      whole.complete(null);
    }

    @Override
    public void onError(Throwable fault) {
      whole.completeExceptionally(fault);
    }

    @Override
    public void onComplete() {
      whole.complete(null);
    }
  }

  /**
   * Whether Java's client has sent a GET a second time by itself, as it does where a connection ends before the first byte of an answer (see {@code
   * jdk.internal.net.http.MultiExchange}; nothing that a library may set turns it off). Asked of failures without a head.
   */
  private static boolean isAskedAgain(Throwable fault) {
    boolean isOfNetwork = false;
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException || cause instanceof HttpTimeoutException || cause instanceof ProtocolException) {
        return false;
      }
      isOfNetwork = isOfNetwork || cause instanceof IOException;
    }
    return isOfNetwork;
  }

  /** The network's reason in a few words. */
  private static String reasonOf(Throwable fault) {
    Throwable cause = fault;
    while (cause.getCause() != null && (cause instanceof CompletionException || cause.getMessage() == null)) {
      cause = cause.getCause();
    }
    String kind = cause.getClass().getSimpleName();
    return cause.getMessage() == null || cause.getMessage().isBlank() ? kind : kind + " (" + cause.getMessage() + ")";
  }
}

package io.github.sluiceflags;

import io.github.sluiceflags.internal.adapters.NetworkOptions;
import io.github.sluiceflags.internal.adapters.RealWorld;
import io.github.sluiceflags.internal.evaluation.JsonReader;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import io.github.sluiceflags.internal.evaluation.NotJson;
import io.github.sluiceflags.internal.ports.Log;
import io.github.sluiceflags.internal.ports.World;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Clients in one process, driven over standard input: one JSON object a line, a request and then its reply (faults/sdk/driver.ts). Its argument: how
 * many times faster than the machine's their clocks run, which is the SDK's own world with another pace.
 */
public final class FaultDriver {
  private static final System.Logger QUIET =
      new System.Logger() {
        @Override
        public String getName() {
          return "drill";
        }

        @Override
        public boolean isLoggable(Level level) {
          return false;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {}

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {}
      };

  /** How long threads that have nothing to do may take to end; Java's own HTTP client ends when it is collected. */
  private static final long LEFT_AFTER_MS = 10_000;

  private final Map<String, SluiceClient> clients = new LinkedHashMap<>();
  private final double speed;

  private FaultDriver(double speed) {
    this.speed = speed;
  }

  /** Ends with its input. */
  public static void main(String[] args) throws IOException, NotJson, InterruptedException {
    FaultDriver driver = new FaultDriver(Double.parseDouble(args[0]));
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream replies = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      replies.print(JsonWriter.write(driver.reply((Map<?, ?>) JsonReader.parse(line))) + "\n");
      replies.flush();
    }
    System.exit(0);
  }

  private Map<String, ?> reply(Map<?, ?> asked) throws InterruptedException {
    return switch ((String) asked.get("do")) {
      case "open" -> open(asked);
      case "ask" -> {
        Map<String, Object> sights = new LinkedHashMap<>();
        clients.forEach((name, client) -> sights.put(name, sight(client, (List<?>) asked.get("questions"))));
        yield Map.of("sights", sights);
      }
      case "hostile" -> hostile(clients.get((String) asked.get("client")), (String) asked.get("flag"));
      case "heap" -> Map.of("bytes", heapBytes());
      default -> Map.of("left", close());
    };
  }

  private Map<String, ?> open(Map<?, ?> asked) {
    SluiceOptions.Builder options =
        SluiceOptions.builder()
            .url((String) asked.get("url"))
            .key((String) asked.get("key"))
            .environment((String) asked.get("environment"))
            .service("drill")
            .log(QUIET);
    if (asked.get("signatureKeys") instanceof List<?> keys) {
      options.signatureKeys(keys.stream().map(String.class::cast).toList());
    }
    clients.put((String) asked.get("client"), SluiceClient.of(options.build(), new FastWorld(new RealWorld(Log.to(QUIET), new NetworkOptions(null, null)))));
    return Map.of();
  }

  private static Map<String, ?> sight(SluiceClient client, List<?> questions) {
    List<Object> values = new ArrayList<>();
    for (Object one : questions) {
      List<?> question = (List<?>) one;
      values.add(client.getBoolean((String) question.get(0), (Boolean) question.get(1), Context.of("ada")));
    }
    Trouble trouble = client.trouble();
    String version = client.version() == null ? "" : client.version().toString();
    return Map.of("values", values, "version", version, "state", client.state().name(), "trouble", trouble == null ? "" : trouble.kind().toString());
  }

  private List<String> close() throws InterruptedException {
    List<Thread> closers = clients.values().stream().map(client -> new Thread(client::close, "closer")).toList();
    closers.forEach(Thread::start);
    for (Thread closer : closers) {
      closer.join();
    }
    clients.clear();
    long endMs = System.currentTimeMillis() + LEFT_AFTER_MS;
    List<String> left = left();
    while (!left.isEmpty() && System.currentTimeMillis() < endMs) {
      System.gc();
      Thread.sleep(100);
      left = left();
    }
    return left;
  }

  /** What lives after a whole collection. */
  private static double heapBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static List<String> left() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(name -> name.startsWith("sluice") || name.startsWith("HttpClient")).toList();
  }

  /** Contexts that no application should pass. */
  private static Map<String, Map<String, ?>> hostileAttributes() {
    Map<String, Object> cycle = new HashMap<>(Map.of("targetingKey", "ada"));
    cycle.put("self", cycle);
    cycle.put("plan", List.of(cycle, List.of(cycle)));
    Object deep = "end";
    for (int depth = 0; depth < 20_000; depth++) {
      deep = Map.of("plan", deep);
    }
    String huge = "x".repeat(10_000_000);
    Map<String, Object> many = new HashMap<>();
    for (int index = 0; index < 100_000; index++) {
      many.put("a" + index, index);
    }
    Map<String, Map<String, ?>> contexts = new LinkedHashMap<>();
    contexts.put("a cycle", cycle);
    contexts.put("20,000 levels", Map.of("plan", deep));
    contexts.put("10 MB of text", Map.of("targetingKey", huge, "plan", huge, "customer", huge));
    contexts.put("lone surrogates", Map.of("targetingKey", "\ud800", "plan", "pro\udfff", "customer", "\udc00\ud800"));
    contexts.put("100,000 attributes", many);
    contexts.put("a map that throws", new Throwing());
    contexts.put("nothing", null);
    List<Object> wrong =
        Arrays.asList(Double.NaN, Double.POSITIVE_INFINITY, new Object(), new Thread(), new Throwing(), (Runnable) () -> {}, new byte[] {1}, null, Float.MAX_VALUE, Set.of(1), new int[0][0]);
    for (int index = 0; index < wrong.size(); index++) {
      Map<String, Object> attributes = new HashMap<>();
      for (String name : List.of("targetingKey", "plan", "customer")) {
        attributes.put(name, wrong.get(index));
      }
      contexts.put("wrong type " + index, attributes);
    }
    return contexts;
  }

  /** An application's own map, which fails. */
  private static final class Throwing extends AbstractMap<String, Object> {
    @Override
    public Set<Entry<String, Object>> entrySet() {
      throw new IllegalStateException("a map of the application");
    }

    @Override
    public String toString() {
      throw new IllegalStateException("a text of the application");
    }
  }

  private static Map<String, ?> hostile(SluiceClient client, String flag) {
    List<String> threw = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    Map<String, Map<String, ?>> contexts = hostileAttributes();
    contexts.forEach(
        (name, attributes) -> {
          try {
            Context context = Context.of(null, attributes);
            if (!client.getBoolean(flag, false, context)) {
              wrong.add(name);
            }
            client.getString(flag, "", context);
            client.explain(flag, context);
          } catch (RuntimeException | StackOverflowError fault) {
            threw.add(name + ": " + fault);
          }
        });
    return Map.of("asked", (double) contexts.size(), "threw", threw, "wrong", wrong);
  }

  /** The world as it is, at another pace: every timer and timeout of the SDK goes through these two. */
  private final class FastWorld implements World {
    private final World world;

    FastWorld(World world) {
      this.world = world;
    }

    @Override
    public long monotonicMs() {
      return (long) (world.monotonicMs() * speed);
    }

    @Override
    public Cancel after(long delayMs, Runnable run) {
      return world.after((long) (delayMs / speed), run);
    }

    @Override
    public double unit() {
      return world.unit();
    }

    @Override
    public String token() {
      return world.token();
    }

    @Override
    public boolean isOwnThread() {
      return world.isOwnThread();
    }

    @Override
    public void post(Runnable run) {
      world.post(run);
    }

    @Override
    public Cancel send(Request request, Listener listener) {
      return world.send(request, listener);
    }

    @Override
    public void read(Path path, Read done) {
      world.read(path, done);
    }

    @Override
    public void replace(Path path, byte[] bytes, Consumer<String> done) {
      world.replace(path, bytes, done);
    }

    @Override
    public void close() {
      world.close();
    }
  }
}

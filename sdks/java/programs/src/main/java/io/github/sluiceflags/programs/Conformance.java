package io.github.sluiceflags.programs;

import io.github.sluiceflags.Cause;
import io.github.sluiceflags.internal.evaluation.Answer;
import io.github.sluiceflags.internal.evaluation.Asker;
import io.github.sluiceflags.internal.evaluation.AttributesCopy;
import io.github.sluiceflags.internal.evaluation.Bucketing;
import io.github.sluiceflags.internal.evaluation.Compiled;
import io.github.sluiceflags.internal.evaluation.Decode;
import io.github.sluiceflags.internal.evaluation.JsonReader;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import io.github.sluiceflags.internal.evaluation.Kill;
import io.github.sluiceflags.internal.evaluation.NotJson;
import io.github.sluiceflags.internal.evaluation.Patch;
import io.github.sluiceflags.internal.evaluation.Snapshot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** This SDK's evaluator behind the runner protocol (conformance/PROTOCOL.md): requests from standard input, replies to standard output. */
public final class Conformance {
  private Compiled compiled;
  private List<Kill.Urgent> urgent = List.of();

  private Conformance() {}

  /** Ends with its input, or with an exit code where a request is no JSON object. */
  public static void main(String[] args) throws IOException, NotJson {
    Conformance runner = new Conformance();
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
    PrintStream replies = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      replies.print(JsonWriter.write(runner.reply((Map<?, ?>) JsonReader.parse(line))));
      replies.print('\n');
      if (!requests.ready()) {
        replies.flush();
      }
    }
    replies.flush();
  }

  private Map<String, ?> reply(Map<?, ?> asked) {
    return switch (text(asked, "do")) {
      case "load" -> Map.of("ok", load(asked));
      case "patch" -> Map.of("ok", patch(text(asked, "patch")));
      case "urgent" -> {
        boolean isWhole = readUrgent((List<?>) asked.get("urgent"));
        compiled = compiled == null ? null : compiled.withUrgent(urgent);
        yield Map.of("ok", isWhole);
      }
      case "ask" -> Map.of("answer", ask(text(asked, "flag"), asked.get("context")));
      case "slot" -> Map.of("slot", Bucketing.slot(text(asked, "salt"), text(asked, "unit")));
      case "hash" -> Map.of("hash", Bucketing.customerHash(text(asked, "salt"), text(asked, "key")));
      default -> Map.of("error", "unknown request");
    };
  }

  private static String text(Map<?, ?> members, String name) {
    return members.get(name) instanceof String text ? text : null;
  }

  private boolean load(Map<?, ?> asked) {
    boolean isWhole = readUrgent((List<?>) asked.get("urgent"));
    compiled = null;
    Map<?, ?> asker = asked.get("asker") instanceof Map<?, ?> stated ? stated : Map.of();
    try {
      Snapshot snapshot = Decode.snapshot(text(asked, "snapshot"));
      Asker who = new Asker(text(asker, "service"), text(asker, "version"));
      compiled = Compiled.of(snapshot, urgent, new Compiled.Options(who, (flag, variant, reason) -> new AtomicLong()), null);
    } catch (Decode.Refused refused) {
      return false;
    }
    return isWhole;
  }

  /** Leaves out what cannot be read: a list of urgent kills is read one by one, as a stream brings them. */
  private boolean readUrgent(List<?> texts) {
    List<Kill.Urgent> read = new ArrayList<>();
    for (Object text : texts == null ? List.of() : texts) {
      try {
        read.add(Decode.urgentKill((String) text));
      } catch (Decode.Refused refused) {
        continue;
      }
    }
    urgent = read;
    return texts == null || read.size() == texts.size();
  }

  private boolean patch(String text) {
    try {
      Patch patch = Decode.patch(text);
      if (compiled == null || compiled.whyNot(patch) != null) {
        return false;
      }
      compiled = compiled.after(patch, urgent);
      // A snapshot that was patched must still be writable, and what is written must be the snapshot.
      return Decode.snapshot(compiled.snapshot().text()).equals(compiled.snapshot());
    } catch (Decode.Refused refused) {
      return false;
    }
  }

  private Map<String, ?> ask(String flag, Object context) {
    // A context that is no object has no attributes.
    Map<?, ?> given = context instanceof Map<?, ?> members ? members : Map.of();
    Answer answer = compiled == null ? Answer.NO_SNAPSHOT : compiled.evaluate(flag, AttributesCopy.of(null, given));
    Map<String, Object> reply = new LinkedHashMap<>();
    if (answer.isServed) {
      reply.put("value", answer.value);
      reply.put("variant", answer.variant);
    }
    reply.put("reason", answer.reason.name());
    reply.put("cause", answer.cause.toString());
    if (answer.cause == Cause.KILL || answer.cause == Cause.PREREQUISITE || answer.cause == Cause.RULE) {
      reply.put("by", answer.by);
    }
    if (!answer.problems.isEmpty()) {
      reply.put("problems", answer.problems);
    }
    return reply;
  }
}

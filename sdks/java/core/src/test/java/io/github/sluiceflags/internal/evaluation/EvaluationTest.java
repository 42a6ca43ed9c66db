package io.github.sluiceflags.internal.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.sluiceflags.Cause;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  static final String EVERY_STEP =
      """
      {"format":1,"environment":"production","epoch":"e1","seq":7,"salt":"env",
      "segments":{"small":{"by":"account","include":["tiny"],"exclude":["big"],"if":["lessThan","seats",10]}},
      "kills":{"k1":{"flags":["export"],"scope":{"customers":["47b3a4ba2a5f9d39"]}}},
      "flags":{"ledger":{"default":"on"},"plain":{"default":"on"},
      "export":{"prerequisites":[{"flag":"ledger","serves":["on"]}],"eligible":["in","plan",["pro"]],
      "rules":[{"id":"near","if":["near","x",1],"serve":"on"},
      {"id":"small","if":["all",["segment","small"],["not",["equals","country","AU"]]],"serve":"on"},
      {"id":"part","if":["cidr","ip","10.0.0.0/8"],"serve":{"share":50000,"of":"on"}}]},
      "colour":{"type":"string","variants":{"red":"#f00","off":""},"default":"red","pins":[["user","47b3a4ba2a5f9d39","red"]],
      "exposure":{"serve":"red","rest":true,"share":5}},
      "listed":{"rules":[{"if":["in","targetingKey",["a","b","ada"]],"serve":"on"}]},
      "broken":{"variants":7}}}""";

  private enum Tier {
    GOLD
  }

  static Compiled compiled(String text) throws Decode.Refused {
    Compiled.Options options = new Compiled.Options(new Asker(null, null), (flag, variant, reason) -> new AtomicLong());
    return Compiled.of(Decode.snapshot(text), List.of(), options, null);
  }

  @Test
  void explainTellsEachStepAndWhoDecided() throws Decode.Refused {
    Attributes user = AttributesCopy.of("ada", Map.of("plan", "pro", "seats", 3, "customer", "other", "account", "acme"));
    assertEquals(
        List.of(
            "export answers on = true, reason TARGETING_MATCH (snapshot e1:7).",
            "Kill k1 does not cover this context.",
            "Prerequisite ledger is met.",
            "Eligible.",
            "  plan (\"pro\") in [\"pro\"]: true",
            "rule near is skipped. Problem: rule near: unknown operator \"near\".",
            "  x (missing) near 1: broken",
            "Rule small decides.",
            "  all: true",
            "    in segment small: true",
            "      account (\"acme\") is one of the 1 in exclude: false",
            "      account (\"acme\") is one of the 1 in include: false",
            "      seats (3) lessThan 10: true",
            "    not: true",
            "      country (missing) equals \"AU\": false"),
        Explain.lines(compiled(EVERY_STEP), "export", user));
  }

  @Test
  void explainingAndAnsweringAgree() throws Decode.Refused {
    Compiled compiled = compiled(EVERY_STEP);
    for (String key : compiled.keys()) {
      for (Attributes user : List.of(Attributes.NONE, AttributesCopy.of("ada", Map.of("plan", "pro", "account", "big", "ip", "10.1.2.3")))) {
        Answer answer = compiled.evaluate(key, user);
        String told = Explain.lines(compiled, key, user).get(0);
        assertTrue(told.contains(answer.isServed ? " " + answer.variant + " = " : "caller's default"), told);
      }
    }
  }

  @Test
  void askingAllocatesNothing() throws Decode.Refused {
    Compiled compiled = compiled(EVERY_STEP);
    Attributes user = AttributesCopy.of("ada", Map.of("plan", "pro", "account", "acme", "customer", "acme", "seats", 3, "country", "DE"));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (String key : List.of("plain", "export", "listed", "nowhere")) {
      ask(compiled, key, user, 20_000);
      long before = threads.getCurrentThreadAllocatedBytes();
      ask(compiled, key, user, 10_000);
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      // The counter itself may allocate when it is read; one byte a call would be 10,000.
      assertTrue(bytes < 5_000, key + " allocates " + bytes + " bytes in 10,000 calls");
    }
  }

  private static void ask(Compiled compiled, String key, Attributes user, int times) {
    for (int at = 0; at < times; at++) {
      compiled.evaluate(key, user);
    }
  }

  @Test
  void contextTakesWhatJavaHas() {
    Map<String, Object> loop = new HashMap<>(Map.of("name", "loop"));
    loop.put("self", loop);
    List<Object> list = new ArrayList<>();
    list.add(list);
    Map<String, Object> given = new HashMap<>();
    given.put("int", 5);
    given.put("whole", 3.0);
    given.put("half", 3.5f);
    given.put("huge", (1L << 53) + 1);
    given.put("bigInteger", BigInteger.TWO.pow(80));
    given.put("bigDecimal", new BigDecimal("12.50"));
    given.put("long", -(1L << 53));
    given.put("nan", Double.NaN);
    given.put("strings", new String[] {"a", "b"});
    given.put("ints", new int[] {1, 2});
    given.put("map", Map.of("a", 1));
    given.put("loop", loop);
    given.put("list", list);
    given.put("enum", Tier.GOLD);
    given.put("optional", Optional.of("x"));
    given.put("time", OffsetDateTime.parse("2026-01-02T04:04:05+01:00"));
    given.put("builder", new StringBuilder("text"));
    given.put("nothing", null);
    given.put("object", new Object());
    given.put("throwing", new Throwing());
    Attributes context = AttributesCopy.of(null, given);
    Map<String, Object> wanted =
        Map.of("int", 5.0, "half", 3.5, "strings", List.of("a", "b"), "ints", List.of(1.0, 2.0), "map.a", 1.0, "loop.self.self.name", "loop",
            "enum", "GOLD", "optional", "x", "time", "2026-01-02T03:04:05Z", "builder", "text");
    wanted.forEach((path, value) -> assertEquals(value, Attribute.compileRead(path).read(context).plain(), path));
    for (String path : List.of("nothing", "object", "throwing", "nan", "strings.0", "nowhere", "int.x")) {
      Value found = Attribute.compileRead(path).read(context);
      assertTrue(found == null || found.kind == Value.Kind.MISSING, path);
    }
    Map<String, String> units = new HashMap<>(Map.of("int", "5", "whole", "3", "long", "-9007199254740992", "optional", "x"));
    for (String path : List.of("half", "huge", "bigInteger", "bigDecimal", "map")) {
      units.put(path, null);
    }
    units.forEach((path, unit) -> assertEquals(unit, Attribute.unitText(context.find(new Place(path))), path));
  }

  /** What a broken class of a host does. */
  private static final class Throwing implements CharSequence {
    @Override
    public int length() {
      throw new IllegalStateException("planted");
    }

    @Override
    public char charAt(int at) {
      throw new IllegalStateException("planted");
    }

    @Override
    public CharSequence subSequence(int from, int to) {
      throw new IllegalStateException("planted");
    }

    @Override
    public String toString() {
      throw new IllegalStateException("planted");
    }
  }

  @Test
  void aContextIsACopy() {
    Map<String, Object> given = new HashMap<>(Map.of("plan", "pro"));
    Attributes context = AttributesCopy.of("ada", given);
    given.put("plan", "free");
    assertEquals("pro", context.find(new Place("plan")).unit);
    assertNull(context.find(new Place("other")));
  }

  @Test
  void nameIsFoundWhereverItStandsAndWhicheverTextItIs() {
    List<Place> places = List.of(new Place("plan"), new Place("country"), new Place("missing"), new Place("a9"));
    Random random = new Random(7);
    for (int round = 0; round < 2_000; round++) {
      List<String> names = new ArrayList<>(List.of("plan", "country", "tenant", "region"));
      for (int more = random.nextInt(10); more > 0; more--) {
        names.add("a" + more);
      }
      Collections.shuffle(names, random);
      Map<String, Object> given = new LinkedHashMap<>();
      // A text of its own each time, or the same as before.
      names.subList(0, 1 + random.nextInt(names.size())).forEach(name -> given.put(random.nextBoolean() ? name : new String(name), name + "!"));
      Attributes context = AttributesCopy.of(random.nextBoolean() ? "ada" : null, given);
      for (Place place : places) {
        Value found = context.find(place);
        assertEquals(given.get(place.name), found == null ? null : found.unit, place.name);
      }
    }
  }

  /** Reads conformance/hashing, which an independent implementation has made. */
  @Test
  void hashesAreThoseOfAnIndependentImplementation() throws Exception {
    List<?> slots = hashing("slots.json");
    for (Object one : slots) {
      Map<?, ?> wanted = (Map<?, ?>) one;
      assertEquals(((Double) wanted.get("slot")).intValue(), Bucketing.slot((String) wanted.get("salt"), (String) wanted.get("unit")), wanted.toString());
    }
    List<?> hashes = hashing("customer-hashes.json");
    for (Object one : hashes) {
      Map<?, ?> wanted = (Map<?, ?>) one;
      assertEquals(wanted.get("hash"), Bucketing.customerHash((String) wanted.get("salt"), (String) wanted.get("key")), wanted.toString());
    }
    assertTrue(slots.size() >= 20 && hashes.size() >= 5);
  }

  private static List<?> hashing(String name) throws Exception {
    return (List<?>) JsonReader.parse(Files.readString(Path.of("../../../conformance/hashing", name)));
  }

  /** Whoever still asks the older version gets the older answers, while others swap. */
  @Test
  void patchesLeaveOlderVersionsAlone() throws Exception {
    Compiled first = compiled(EVERY_STEP);
    Attributes user = AttributesCopy.of("ada", Map.of("plan", "pro", "seats", 3));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Callable<Boolean>> asking = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      asking.add(
          () -> {
            boolean isSame = true;
            for (int at = 0; at < 2_000; at++) {
              isSame = isSame && first.evaluate("export", user).cause == Cause.RULE && !Explain.lines(first, "export", user).isEmpty();
            }
            return isSame;
          });
    }
    List<Future<Boolean>> asked = asking.stream().map(threads::submit).toList();
    Compiled next = first;
    for (long seq = 7; seq < 60; seq++) {
      String patch =
          "{\"epoch\":\"e1\",\"base\":" + seq + ",\"to\":" + (seq + 1) + ",\"set\":{\"segments\":{\"small\":{\"if\":[\"lessThan\",\"seats\"," + seq
              + "]}},\"kills\":{\"k2\":{\"flags\":[\"ledger\"]}}}}";
      next = next.after(Decode.patch(patch), List.of());
      next.evaluate("export", user);
    }
    for (Future<Boolean> one : asked) {
      assertTrue(one.get(30, TimeUnit.SECONDS));
    }
    threads.shutdown();
    assertEquals(Cause.PREREQUISITE, next.evaluate("export", user).cause);
    assertEquals(60, next.version().seq());
  }

  @Test
  void nearestNamesAreSlips() {
    List<String> names = Arrays.asList("billing.invoice-export", "billing.invoice-exprot2", "other", "billing.invoice-exprot");
    assertEquals(List.of("billing.invoice-export", "billing.invoice-exprot2"), Nearest.names("billing.invoice-exprot", names));
  }

  /** Whatever the text, decoding ends with a result or a refusal, and what was decoded compiles, answers, explains and writes itself out. */
  @Test
  void spoiltDocumentsAreRefusedOrAnswered() throws Decode.Refused {
    Random random = new Random(11);
    Attributes user = AttributesCopy.of("ada", Map.of("plan", "pro", "seats", 3, "customer", "acme", "ip", "10.0.0.1"));
    String pieces = "{}[]\",:07-e.nt\\u\ud800 abc";
    int taken = 0;
    for (int at = 0; at < 20_000; at++) {
      StringBuilder spoilt = new StringBuilder(EVERY_STEP);
      for (int edit = 0; edit <= random.nextInt(3); edit++) {
        int from = random.nextInt(spoilt.length());
        String piece = String.valueOf(pieces.charAt(random.nextInt(pieces.length())));
        spoilt.replace(from, Math.min(spoilt.length(), from + random.nextInt(4)), random.nextInt(3) == 0 ? "" : piece);
      }
      taken += isTaken(spoilt.toString(), user) ? 1 : 0;
    }
    assertTrue(taken > 1_000 && taken < 19_000, taken + " of 20,000 were taken");
  }

  private static boolean isTaken(String text, Attributes user) throws Decode.Refused {
    Compiled compiled;
    try {
      compiled = compiled(text);
    } catch (Decode.Refused refused) {
      return false;
    }
    for (String key : compiled.keys()) {
      assertFalse(compiled.evaluate(key, user).cause == Cause.UNKNOWN_FLAG);
      assertFalse(Explain.lines(compiled, key, Attributes.NONE).isEmpty());
    }
    assertEquals(compiled.snapshot(), Decode.snapshot(compiled.snapshot().text()));
    return true;
  }
}

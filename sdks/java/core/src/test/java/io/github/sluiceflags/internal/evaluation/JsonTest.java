package io.github.sluiceflags.internal.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "01", "1.", ".5", "+1", "1e", "--1", "NaN", "Infinity", "tru", "nul", "\"a", "\"\\x\"",
        "\"\\u12g4\"", "\"\\uFF１1\"", "\"\t\"", "\"\n\"", "[1 2]", "{\"a\" 1}", "1 1", "[]]", "\u00a01", "//1", "{\"a\":1 \"b\":2}", "[,1]"
      })
  void whatIsNoJsonIsRefused(String text) {
    assertThrows(NotJson.class, () -> JsonReader.parse(text));
    assertThrows(NotJson.class, () -> JsonReader.members(text));
  }

  @Test
  void whatIsJsonIsRead() throws NotJson {
    assertEquals(Map.of("a", List.of(1.0, -0.5, 1e30, true), "\"\\/\b\f\n\r\té\ud800", ""), JsonReader.parse(
        " { \"a\" : [ 1 , -0.5 , 1E+30 , true ] , \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud800\":\"\"}\n"));
    assertEquals(Arrays.asList((Object) null, Double.POSITIVE_INFINITY), JsonReader.parse("[null,1e999]"));
    assertEquals(Map.of("a", 2.0), JsonReader.parse("{\"a\":1,\"a\":2}"));
    assertEquals(Map.of("a", "{ \"b\" : [1] }", "c", "2"), JsonReader.members("{\"a\":{ \"b\" : [1] } ,\"c\":2}"));
  }

  @Test
  void depthIsBounded() throws NotJson {
    JsonReader.parse("[".repeat(256) + "]".repeat(256));
    assertThrows(NotJson.class, () -> JsonReader.parse("[".repeat(257) + "]".repeat(257)));
    JsonReader.members("{\"a\":" + "[".repeat(255) + "]".repeat(255) + "}");
    assertThrows(NotJson.class, () -> JsonReader.members("{\"a\":" + "[".repeat(256) + "]".repeat(256) + "}"));
    assertThrows(NotJson.class, () -> JsonReader.parse("[".repeat(1_000_000)));
  }

  @Test
  void whatIsWrittenReadsBack() throws NotJson {
    Object value = JsonReader.parse("{\"a\":[1,2.5,-3e-7,\"\\ud83d\\ude00\\ud800\\u0000\\\"\\\\\",null,false,{}],\"b\":{\"c\":[]}}");
    assertEquals(value, JsonReader.parse(JsonWriter.write(value)));
  }
}

package io.github.sluiceflags.internal.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What leaves a process of a sampled context, by the vectors that all languages share. */
class SamplingTest {
  private static final String VECTORS = "conformance/sampling/vectors.json";

  private static String text() throws IOException {
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (Files.exists(folder.resolve(VECTORS))) {
        return Files.readString(folder.resolve(VECTORS));
      }
    }
    throw new IOException("there is no " + VECTORS + " above this folder");
  }

  @TestFactory
  Stream<DynamicTest> isWhatTheVectorsSay() throws IOException, NotJson {
    Map<?, ?> all = (Map<?, ?>) JsonReader.parse(text());
    Map<String, String> attributes = new HashMap<>();
    ((Map<?, ?>) all.get("attributes")).forEach((path, how) -> attributes.put((String) path, (String) how));
    Sampling sampling = new Sampling(attributes, (String) all.get("customer"), (String) all.get("key"));
    return ((List<?>) all.get("vectors"))
        .stream()
            .map(item -> (Map<?, ?>) item)
            .map(vector -> DynamicTest.dynamicTest((String) vector.get("name"), () -> assertEquals(wanted(vector), got(sampling, vector))));
  }

  private static Object wanted(Map<?, ?> vector) {
    return Map.of("plain", vector.get("plain"), "hashed", vector.get("hashed"));
  }

  private static Object got(Sampling sampling, Map<?, ?> vector) throws GeneralSecurityException, NotJson {
    return JsonReader.parse(sampling.seal(sampling.pick(AttributesCopy.of(null, (Map<?, ?>) vector.get("context")))));
  }

  /** Java before 19 has a longer text for some of them. */
  @ParameterizedTest
  @CsvSource({"2.0E-3, 0.002", "2.2250738585072014E-308, 2.2250738585072014e-308", "1.0E23, 1e+23", "9007199254740992, 9007199254740992", "-1.5, -1.5"})
  void numbersAreWrittenAsEcmascriptSays(double number, String text) {
    assertEquals(text, Sampling.numberText(number));
  }
}

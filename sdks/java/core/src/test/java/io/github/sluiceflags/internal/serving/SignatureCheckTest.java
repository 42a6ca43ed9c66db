package io.github.sluiceflags.internal.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.internal.evaluation.JsonReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SignatureCheckTest {
  private static final Map<SignatureCheck.Problem.Kind, String> WORDS =
      Map.of(
          SignatureCheck.Problem.Kind.UNSIGNED, "unsigned",
          SignatureCheck.Problem.Kind.UNKNOWN_KEY, "unknownKey",
          SignatureCheck.Problem.Kind.DOES_NOT_FIT, "doesNotFit");

  /** Reads conformance/signatures, which OpenSSL has signed. */
  @Test
  void signaturesAreThoseOfAnIndependentImplementation() throws Exception {
    Map<?, ?> file = (Map<?, ?>) JsonReader.parse(Files.readString(Path.of("../../../conformance/signatures/cases.json")));
    List<?> cases = (List<?>) file.get("cases");
    assertTrue(cases.size() >= 30);
    for (Object item : cases) {
      Map<?, ?> one = (Map<?, ?>) item;
      List<String> trusted = ((List<?>) one.get("trusted")).stream().map(String::valueOf).toList();
      SignatureCheck check = SignatureCheck.of(trusted, (String) one.get("environment"));
      SignatureCheck.Kind kind = SignatureCheck.Kind.of((String) one.get("kind"));
      byte[] text = ((String) one.get("text")).getBytes(StandardCharsets.UTF_8);
      SignatureCheck.Problem problem = check.problemOf(kind, text, (String) one.get("signature"));
      assertEquals(one.get("expect"), problem == null ? "accepted" : WORDS.get(problem.kind()), (String) one.get("name"));
    }
  }

  @Test
  void keysThatCannotBeUsedAreNamed() {
    String good = "slv_11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    assertThrows(SignatureCheck.BadKeys.class, () -> SignatureCheck.of(List.of(good), null));
    assertThrows(SignatureCheck.BadKeys.class, () -> SignatureCheck.of(List.of(), "production"));
    assertThrows(SignatureCheck.BadKeys.class, () -> SignatureCheck.of(List.of(good, good, good, good, good), "production"));
    for (String bad : List.of("", "slv_", good.substring(0, good.length() - 1), good + "A", good.replace("slv_", "sls_"), good.replace('o', '/'))) {
      String said = assertThrows(SignatureCheck.BadKeys.class, () -> SignatureCheck.of(List.of(good, bad), "production")).getMessage();
      assertTrue(said.startsWith("signatureKeys[1] is no public key"), said);
    }
  }
}

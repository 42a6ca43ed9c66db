package io.github.sluiceflags.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.Context;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TestFlagsTest {
  @RegisterExtension final SluiceExtension flags = SluiceExtension.of(Map.of("site.diary", false));

  @Test
  @Order(1)
  void aFlagIsSetForOneTest() {
    flags.withFlag("site.diary", true);
    flags.withForm("staff", "{\"rules\":[{\"if\":[\"equals\",\"team\",\"us\"],\"serve\":\"on\"}]}");
    assertTrue(flags.client().getBoolean("site.diary", false, Context.EMPTY));
    assertTrue(flags.client().getBoolean("staff", false, Context.of("ada", Map.of("team", "us"))));
    assertFalse(flags.client().getBoolean("staff", true, Context.of("ada")));
  }

  @Test
  @Order(2)
  void theNextTestBeginsAsTheClassSays() {
    assertFalse(flags.client().getBoolean("site.diary", true, Context.EMPTY));
  }

  @Test
  void valuesOfEachTypeAreAnswered() {
    try (TestFlags own = TestFlags.of(Map.of("text", "a", "number", 1.5, "object", Map.of("rows", List.of(1, 2))))) {
      assertEquals("a", own.client().getString("text", "", null));
      assertEquals(1.5, own.client().getNumber("number", 0, null));
      assertEquals(Map.of("rows", List.of(1.0, 2.0)), own.client().getObject("object", null, null));
      TestFlags.Setting changed = own.withFlag("text", "b");
      assertEquals("b", own.client().getString("text", "", null));
      changed.close();
      assertEquals("a", own.client().getString("text", "", null));
    }
  }

  @Test
  void whatATestShouldNotOverlookFailsIt() {
    TestFlags unknown = TestFlags.of(Map.of("site.diary", true));
    assertTrue(unknown.client().getBoolean("site.dairy", true, null));
    String said = assertThrows(AssertionError.class, unknown::close).getMessage();
    assertTrue(said.contains("Did you mean \"site.diary\"?"), said);
    TestFlags other = TestFlags.of(Map.of("site.diary", true));
    assertEquals("x", other.client().getString("site.diary", "x", null));
    assertEquals(1, other.problems().size());
    assertThrows(AssertionError.class, other::close);
    try (TestFlags lenient = TestFlags.lenient(Map.of())) {
      assertTrue(lenient.client().getBoolean("nowhere", true, null));
    }
  }
}

package io.github.sluiceflags.internal.serving;

import java.util.Map;

/** Something that was accepted, as it came: what is kept on disk can be checked again only in this form. */
public record Step(SignatureCheck.Kind kind, String text, String signature) {
  Map<String, String> members() {
    return Map.of("kind", kind.toString(), "text", text, "signature", signature);
  }
}

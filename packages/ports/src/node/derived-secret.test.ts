import { expect, test } from "vitest";
import { derivedSecret } from "./derived-secret.ts";

// By HMAC-SHA256 twice in Python's standard library, as RFC 5869 §2 says; that program gives the first 32 bytes of its appendix A.3.
test("a secret is derived as RFC 5869 says, without salt and with the label as info", () => {
  expect(derivedSecret("slk_operator_0123456789abcdef", "sluice kill key 1")).toBe("gCJ3PY9lqINI-12EaOb_4cosVoZVb16Eqz0AUgIdqqc");
});

test("another label gives another secret", () => {
  expect(derivedSecret("slk_operator_0123456789abcdef", "another label")).toBe("VMAIaTyRr-1TgAGjD1Hf7R6loj2tAl6Ww_bCprTyzp8");
});

test("the first 32 bytes of RFC 5869, appendix A.3", () => {
  const bytes = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
  expect(Buffer.from(derivedSecret("\u000b".repeat(22), ""), "base64url").toString("hex")).toBe(bytes);
});

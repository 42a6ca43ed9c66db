package serving

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// TestSignaturesAreThoseOfAnIndependentImplementation reads conformance/signatures, which lies beside this module in its repository.
func TestSignaturesAreThoseOfAnIndependentImplementation(t *testing.T) {
	text, err := os.ReadFile("../../../../conformance/signatures/cases.json")
	if os.IsNotExist(err) {
		t.Skip("this module is not in its repository")
	}
	var file struct {
		Primitive []struct{ Public, Message, Signature string }
		Cases     []struct {
			Name        string
			Trusted     []string
			Environment string
			Kind        SignedKind
			Text        string
			Signature   string
			Expect      string
		}
	}
	if err != nil || json.Unmarshal(text, &file) != nil || len(file.Cases) < 30 || len(file.Primitive) != 3 {
		t.Fatalf("the cases cannot be read: %v", err)
	}
	for _, one := range file.Primitive {
		public, _ := hex.DecodeString(one.Public)
		message, _ := hex.DecodeString(one.Message)
		signature, _ := hex.DecodeString(one.Signature)
		if !ed25519.Verify(public, message, signature) {
			t.Errorf("RFC 8032 does not verify: %s", one.Signature)
		}
	}
	for _, one := range file.Cases {
		check, err := NewSignatureCheck(one.Trusted, one.Environment)
		if err != nil {
			t.Fatalf("%s: %v", one.Name, err)
		}
		outcome := "accepted"
		if problem := check.ProblemOf(one.Kind, []byte(one.Text), one.Signature); problem != nil {
			outcome = string(problem.Kind)
		}
		if outcome != one.Expect {
			t.Errorf("%s: %s, wanted %s", one.Name, outcome, one.Expect)
		}
	}
}

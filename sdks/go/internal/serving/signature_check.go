package serving

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

// SignedKind is what a signature may stand under (docs/signatures.md).
type SignedKind string

// KindKill is an urgent kill of a stream, KindKills the list of those in force.
const (
	KindSnapshot SignedKind = "snapshot"
	KindPatch    SignedKind = "patch"
	KindKill     SignedKind = "kill"
	KindKills    SignedKind = "kills"
)

const (
	// signatureKeysMax: two are enough while one key follows another; more are most likely a mistake.
	signatureKeysMax = 4
	keyIDChars       = 8
)

var (
	// publicKeyForm is `slv_` and 32 bytes in base64url.
	publicKeyForm = regexp.MustCompile(`^slv_([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$`)
	// signatureForm is 8 characters of the key and 64 bytes in base64url.
	signatureForm = regexp.MustCompile(`^([A-Za-z0-9_-]{8}):([A-Za-z0-9_-]{85}[AQgw])$`)
)

// SignatureProblemKind is why something received is not accepted.
type SignatureProblemKind string

// DoesNotFit: changed on its way, or signed for another environment or another use.
const (
	Unsigned   SignatureProblemKind = "unsigned"
	UnknownKey SignatureProblemKind = "unknownKey"
	DoesNotFit SignatureProblemKind = "doesNotFit"
)

// SignatureProblem is why something received is not accepted, in words.
type SignatureProblem struct {
	Kind  SignatureProblemKind
	words string
}

func (p *SignatureProblem) Error() string { return p.words }

// SignatureCheck has the public keys that this process trusts, for one environment. A nil check accepts everything.
type SignatureCheck struct {
	environment string
	keys        map[string][]ed25519.PublicKey
	ids         []string
}

// NewSignatureCheck reads the keys of the options; nil ones check nothing. An empty list is a mistake and no wish: it would trust everybody.
func NewSignatureCheck(texts []string, environment string) (*SignatureCheck, error) {
	if texts == nil {
		return nil, nil
	}
	if environment == "" {
		return nil, fmt.Errorf("SignatureKeys are set and Environment is not: without it, flags signed for another environment could not be told from yours")
	}
	if len(texts) == 0 || len(texts) > signatureKeysMax {
		return nil, fmt.Errorf("SignatureKeys holds %d keys, where 1 to %d are needed", len(texts), signatureKeysMax)
	}
	check := &SignatureCheck{environment: environment, keys: map[string][]ed25519.PublicKey{}}
	for at, text := range texts {
		form := publicKeyForm.FindStringSubmatch(strings.TrimSpace(text))
		if form == nil {
			return nil, fmt.Errorf("SignatureKeys[%d] is no public key: slv_ and 43 characters of base64url", at)
		}
		key, err := base64.RawURLEncoding.DecodeString(form[1])
		if err != nil {
			return nil, fmt.Errorf("SignatureKeys[%d] is no public key: %w", at, err)
		}
		id := form[1][:keyIDChars]
		if check.keys[id] == nil {
			check.ids = append(check.ids, id+"…")
		}
		check.keys[id] = append(check.keys[id], key)
	}
	return check, nil
}

// ProblemOf is nil where one of the keys has signed exactly this text, as this kind, for this environment (Ed25519, RFC 8032), or, of a
// kill, somebody to whom one of the keys has delegated kills.
func (c *SignatureCheck) ProblemOf(kind SignedKind, text []byte, signature string) *SignatureProblem {
	if c == nil {
		return nil
	}
	message := c.message(string(kind), text)
	if strings.Contains(signature, ".") {
		return c.delegatedProblem(kind, message, signature)
	}
	return c.trustedProblem(message, signature)
}

func (c *SignatureCheck) message(kind string, text []byte) []byte {
	return append([]byte("sluice-signature-1\n"+kind+"\n"+c.environment+"\n"), text...)
}

func (c *SignatureCheck) trustedProblem(message []byte, signature string) *SignatureProblem {
	parts := signatureForm.FindStringSubmatch(signature)
	if parts == nil {
		return &SignatureProblem{Unsigned, "it is not signed"}
	}
	keys := c.keys[parts[1]]
	if keys == nil {
		return &SignatureProblem{UnknownKey,
			fmt.Sprintf("it is signed by the key %s…, and SignatureKeys trusts only %s", parts[1], strings.Join(c.ids, " and "))}
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[2])
	for _, key := range keys {
		if err == nil && ed25519.Verify(key, message, raw) {
			return nil
		}
	}
	return doesNotFit()
}

// delegatedProblem: a relay's signature counts for kills alone, so that whoever steals its key can switch off and never on.
func (c *SignatureCheck) delegatedProblem(kind SignedKind, message []byte, signature string) *SignatureProblem {
	parts := strings.Split(signature, ".")
	if len(parts) != 3 {
		return &SignatureProblem{Unsigned, "it is not signed"}
	}
	own, form := signatureForm.FindStringSubmatch(parts[0]), publicKeyForm.FindStringSubmatch("slv_"+parts[1])
	if own == nil || form == nil {
		return &SignatureProblem{Unsigned, "it is not signed"}
	}
	if problem := c.trustedProblem(c.message("delegate", []byte("slv_"+parts[1])), parts[2]); problem != nil {
		return problem
	}
	key, keyErr := base64.RawURLEncoding.DecodeString(form[1])
	raw, rawErr := base64.RawURLEncoding.DecodeString(own[2])
	isKill := kind == KindKill || kind == KindKills
	if isKill && own[1] == form[1][:keyIDChars] && keyErr == nil && rawErr == nil && ed25519.Verify(key, message, raw) {
		return nil
	}
	return doesNotFit()
}

func doesNotFit() *SignatureProblem {
	return &SignatureProblem{DoesNotFit, "it does not fit its signature: it was changed on its way, or was signed for another environment or another use"}
}

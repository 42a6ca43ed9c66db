package evaluation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

const (
	// SampledAttributesMax is how many a project may name.
	SampledAttributesMax = 20
	// sampledUnitsMax, in UTF-16 code units of a text, and sampledItemsMax of a list: what goes beyond them is left out.
	sampledUnitsMax = 200
	sampledItemsMax = 20
	// digestChars are kept of a digest: 132 bits.
	digestChars = 22
	// userAttribute names the user.
	userAttribute = "targetingKey"
)

// Sampling is what may be shown of contexts.
type Sampling struct {
	named    []sampled
	keyReads []read
	key      []byte
}

type sampled struct {
	path    string
	isPlain bool
	read    read
}

// Picked are a context's sampled attributes as they are. They never leave the process.
type Picked []picked

type picked struct {
	sampled
	items  []*value
	isList bool
}

// NewSampling compiles what is taken of a context: attributes says "plain" or "hashed" by path, and key is what hashes are made with. The customer's key
// (at customer) and the user's are never taken plain, nor is any other plain attribute that has the same value: a tenant's id under a second name is
// still who it is.
func NewSampling(attributes map[string]string, customer, key string) *Sampling {
	made := &Sampling{key: []byte(key), keyReads: []read{compileRead(customer), compileRead(userAttribute)}}
	for path, how := range attributes {
		isPlain := how == "plain"
		if (isPlain && path != customer && path != userAttribute) || how == "hashed" {
			made.named = append(made.named, sampled{path, isPlain, compileRead(path)})
		}
	}
	slices.SortFunc(made.named, func(a, b sampled) int { return strings.Compare(a.path, b.path) })
	made.named = made.named[:min(len(made.named), SampledAttributesMax)]
	return made
}

// Pick takes what is named; empty where a context has nothing of it.
func (s *Sampling) Pick(context Context) (taken Picked) {
	secret := make([]string, 0, len(s.keyReads))
	for _, read := range s.keyReads {
		if text, ok := unitText(read(context.attributes)); ok {
			secret = append(secret, text)
		}
	}
	for _, one := range s.named {
		items, isList := takenOf(one.read(context.attributes))
		isSecret := func(item *value) bool { return item.kind != booleanKind && slices.Contains(secret, item.shownText()) }
		if len(items) > 0 && !(one.isPlain && slices.ContainsFunc(items, isSecret)) {
			taken = append(taken, picked{one, items, isList})
		}
	}
	return taken
}

// Text is the same for contexts that are alike in all that is taken of them.
func (p Picked) Text() string {
	var text strings.Builder
	for _, one := range p {
		text.WriteString(one.path)
		text.WriteString(fmt.Sprint(one.isList))
		for _, item := range one.items {
			text.WriteByte('\n')
			text.WriteString(item.scalarJSON())
		}
		text.WriteByte('\n')
	}
	return text.String()
}

// Seal gives what leaves the process of a picked context, as JSON.
func (s *Sampling) Seal(p Picked) []byte {
	plain, hashed := map[string]any{}, map[string]any{}
	for _, one := range p {
		into, shown := hashed, make([]any, len(one.items))
		for at, item := range one.items {
			shown[at] = s.hash(one.path, item)
		}
		if one.isPlain {
			into = plain
			for at, item := range one.items {
				shown[at] = item.plain()
			}
		}
		if one.isList {
			into[one.path] = shown
		} else {
			into[one.path] = shown[0]
		}
	}
	// Texts, numbers and truths only: never fails.
	sealed, _ := json.Marshal(map[string]any{"plain": plain, "hashed": hashed})
	return sealed
}

// hash stands for one value of one attribute: the first letter of its type (s, n, b), then base64url of HMAC-SHA256 of path, line feed and the value as JSON.
func (s *Sampling) hash(path string, item *value) string {
	digest := hmac.New(sha256.New, s.key)
	digest.Write([]byte(path + "\n" + item.scalarJSON()))
	letter := map[kind]string{stringKind: "s", numberKind: "n", booleanKind: "b"}[item.kind]
	return letter + base64.RawURLEncoding.EncodeToString(digest.Sum(nil))[:digestChars]
}

func takenOf(found *value) (items []*value, isList bool) {
	if found == nil {
		return nil, false
	}
	if found.kind != listKind {
		if found.isSampled() {
			return []*value{found}, false
		}
		return nil, false
	}
	list := found.list()
	for at := range list[:min(len(list), sampledItemsMax)] {
		if item := &list[at]; item.isSampled() {
			items = append(items, item)
		}
	}
	return items, true
}

func (v *value) isSampled() bool {
	switch v.kind {
	case stringKind:
		return len(v.text) <= sampledUnitsMax || (len(v.text) <= 3*sampledUnitsMax && len(utf16.Encode([]rune(v.text))) <= sampledUnitsMax)
	case numberKind, booleanKind:
		return true
	case missing, listKind, objectKind:
		return false
	}
	panic(fmt.Sprintf("a value of kind %d", v.kind))
}

// shownText is a text as it is, or a number as ECMAScript writes it.
func (v *value) shownText() string {
	if v.kind == stringKind {
		return v.text
	}
	return v.scalarJSON()
}

// scalarJSON is JSON as ECMAScript writes it: texts with nothing escaped that need not be, numbers by the shortest digits that give the same double.
func (v *value) scalarJSON() string {
	switch {
	case v.kind == stringKind:
		return textJSON(v.text)
	case v.kind == booleanKind:
		return fmt.Sprint(v.boolean)
	case v.number == 0:
		// Also minus zero.
		return "0"
	}
	// encoding/json writes finite numbers as ECMAScript does.
	text, _ := json.Marshal(v.number)
	return string(text)
}

// textJSON: encoding/json would escape more.
func textJSON(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for at := range len(text) {
		switch c := text[at]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c >= ' ':
			out.WriteByte(c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			out.WriteByte('\\')
			out.WriteByte("bfnrt"[strings.IndexByte("\b\f\n\r\t", c)])
		default:
			fmt.Fprintf(&out, "\\u%04x", c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

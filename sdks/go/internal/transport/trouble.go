package transport

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sluice-flags/sluice-go/internal/serving"
)

// TroubleKind is why there is no live connection. Each kind has a message of its own, because each has another cure.
type TroubleKind string

// The kinds of trouble.
const (
	BadAddress       TroubleKind = "badAddress"
	Unreachable      TroubleKind = "unreachable"
	WrongPath        TroubleKind = "wrongPath"
	BadKey           TroubleKind = "badKey"
	WrongEnvironment TroubleKind = "wrongEnvironment"
	ServerFailed     TroubleKind = "serverFailed"
	BadAnswer        TroubleKind = "badAnswer"
	BadSignature     TroubleKind = "badSignature"
	BadOptions       TroubleKind = "badOptions"
	Silent           TroubleKind = "silent"
)

// Trouble is what is wrong, in words for the person who reads the log, and what to do about it.
type Trouble struct {
	Kind    TroubleKind
	Message string
	Fix     string
}

func (t *Trouble) Error() string { return t.Message + " " + t.Fix }

// refusedWait: trying again quickly cannot help where a person must cure it.
const refusedWait = 5 * time.Second

func (t *Trouble) waitFloor() time.Duration {
	switch t.Kind {
	case BadKey, WrongEnvironment, WrongPath, BadSignature:
		return refusedWait
	default:
		return 0
	}
}

func unreachable(address, why string) *Trouble {
	return &Trouble{Unreachable, fmt.Sprintf("No Sluice server answers at %s: %s.", address, why),
		"Check that the server runs and that this machine may reach it. Flags keep their last answers; the connection is tried again for ever."}
}

func cutOff(address, why string) *Trouble {
	return &Trouble{Unreachable, fmt.Sprintf("The connection to %s was lost: %s.", address, why),
		"Flags keep their last answers; the connection is tried again for ever."}
}

// silent: the stream opened and then nothing came, not even a heartbeat.
func silent(address string, after time.Duration) *Trouble {
	return &Trouble{Silent, fmt.Sprintf("The stream from %s has been silent for %v.", address, after),
		"A proxy between this process and the server may hold back or cut long answers; it must pass text/event-stream on unbuffered. " +
			"Until then the flags are asked for from time to time."}
}

// BadAddressOf: the address itself cannot be used.
func BadAddressOf(address string) *Trouble {
	return &Trouble{BadAddress, fmt.Sprintf("%q is not a web address.", address), "Set URL to the server's address, such as https://flags.example.com."}
}

func badAnswer(address, problem string) *Trouble {
	return &Trouble{BadAnswer, fmt.Sprintf("The server at %s answered something that is no snapshot: %s.", address, problem),
		"Check the versions of server and SDK, and whether a proxy changes the answers."}
}

func otherEnvironment(address, expected, actual string) *Trouble {
	return &Trouble{WrongEnvironment, fmt.Sprintf("The SDK key belongs to environment %q, but this process expects %q.", actual, expected),
		fmt.Sprintf("Use the SDK key of %q at %s, or change the Environment option.", expected, address)}
}

// BadSignatureKeys: the options name public keys that cannot be used. Nothing is accepted then: to go on unchecked would be what nobody asked for.
func BadSignatureKeys(problem error) *Trouble {
	return &Trouble{BadOptions, fmt.Sprintf("Signatures cannot be checked: %v. No flags are accepted.", problem),
		"Copy the keys that `sluice signing-keys` prints on the server, and set Environment; without SignatureKeys nothing is checked."}
}

// badSignature: something came that none of the trusted keys has signed.
func badSignature(address, what string, problem *serving.SignatureProblem) *Trouble {
	cure := map[serving.SignatureProblemKind]string{
		serving.Unsigned:   "Start the server with --sign, or see why a proxy takes the signature away; without SignatureKeys in the options, nothing is checked.",
		serving.UnknownKey: "If `sluice signing-keys` on the server prints this key, add it to SignatureKeys; else it is not your server that answers.",
		serving.DoesNotFit: "Check that URL and Environment belong together and that no proxy changes the answers; else somebody tampers with them.",
	}[problem.Kind]
	return &Trouble{BadSignature, fmt.Sprintf("A %s from %s is refused: %v.", what, address, problem), cure + " Flags keep their last answers."}
}

// troubleOf is what an answer's status and kind of content say; nil where they look right.
func troubleOf(address string, reply *http.Response, expected string) *Trouble {
	status, content := reply.StatusCode, reply.Header.Get("Content-Type")
	isRedirect := status >= 300 && status < 400 && status != http.StatusNotModified
	isPage := status < 500 && strings.Contains(content, "text/html")
	switch {
	case status == http.StatusUnauthorized:
		return &Trouble{BadKey, fmt.Sprintf("The server at %s does not know this SDK key.", address),
			"Copy the key of the environment again from the console; keys that were replaced stop working."}
	case status == http.StatusForbidden:
		return &Trouble{WrongEnvironment, fmt.Sprintf("The server at %s knows this SDK key, but not for this environment.", address),
			"Use the SDK key that belongs to the environment this process runs in."}
	case isRedirect || isPage || status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone:
		return wrongPath(address, reply, isRedirect, isPage)
	case status == http.StatusOK && !strings.Contains(content, expected):
		return badAnswer(address, fmt.Sprintf("its content type is %q, not %s", content, expected))
	case status == http.StatusOK || status == http.StatusNotModified:
		return nil
	default:
		return &Trouble{ServerFailed, fmt.Sprintf("The server at %s answered status %d.", address, status), "Look at the server's own log and at its /health."}
	}
}

func wrongPath(address string, reply *http.Response, isRedirect, isPage bool) *Trouble {
	what := fmt.Sprintf("status %d", reply.StatusCode)
	if isRedirect {
		what = fmt.Sprintf("a redirect to %.200s", reply.Header.Get("Location"))
	}
	if isPage {
		what = fmt.Sprintf("a web page (status %d)", reply.StatusCode)
	}
	return &Trouble{WrongPath, fmt.Sprintf("%s answers, but there is no Sluice server at this path: it sent %s.", address, what),
		"Set URL to the server's own address without a path, or with the prefix under which a proxy serves it."}
}

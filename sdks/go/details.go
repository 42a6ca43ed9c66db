package sluice

import (
	"github.com/sluice-flags/sluice-go/internal/evaluation"
	"github.com/sluice-flags/sluice-go/internal/serving"
	"github.com/sluice-flags/sluice-go/internal/transport"
)

// Context is the person and customer a question is about: an immutable copy of what it was made from, safe for any number of goroutines.
// Make one a request and ask it many flags. The zero Context has no attributes.
type Context = evaluation.Context

// Version is a position in one environment's history.
type Version = evaluation.Version

// Reason is one of OpenFeature's reason names.
type Reason = evaluation.Reason

// Cause is the exact step of the precedence that decided.
type Cause = evaluation.Cause

// The causes, in the order of precedence; the last three come with reason ERROR.
const (
	CauseKill         = evaluation.CauseKill
	CausePrerequisite = evaluation.CausePrerequisite
	CauseIneligible   = evaluation.CauseIneligible
	CausePin          = evaluation.CausePin
	CauseExposure     = evaluation.CauseExposure
	CauseRule         = evaluation.CauseRule
	CauseDefault      = evaluation.CauseDefault
	CauseUnknownFlag  = evaluation.CauseUnknownFlag
	CauseWrongType    = evaluation.CauseWrongType
	CauseNoSnapshot   = evaluation.CauseNoSnapshot
)

// Change is what a swap changed.
type Change = serving.Change

// Trouble is why there is no connection, in words, and what to do about it.
type Trouble = transport.Trouble

// TroubleKind is one of the kinds that package transport names: each has a message of its own, because each has another cure.
type TroubleKind = transport.TroubleKind

// The kinds of trouble.
const (
	BadAddress       = transport.BadAddress
	Unreachable      = transport.Unreachable
	WrongPath        = transport.WrongPath
	BadKey           = transport.BadKey
	WrongEnvironment = transport.WrongEnvironment
	ServerFailed     = transport.ServerFailed
	BadAnswer        = transport.BadAnswer
	BadSignature     = transport.BadSignature
	BadOptions       = transport.BadOptions
	Silent           = transport.Silent
)

// NewContext copies attributes into a context. targetingKey is the user; where it is empty, an attribute "targetingKey" counts, which may also be
// an integer. Attributes may be nested (map[string]any) or flattened ("plan.tier"); a flattened name wins over a nested one. Strings, finite numbers,
// booleans, slices and maps with string keys count, time.Time as RFC 3339 text; anything else is missing. The customer is the string at the
// attribute that the environment names, usually "customer".
func NewContext(targetingKey string, attributes map[string]any) Context {
	return evaluation.NewContext(targetingKey, attributes)
}

// Details are an answer with everything that is known about it. Value is the caller's default where Reason is ERROR.
type Details[T any] struct {
	Value   T
	Variant string
	Reason  Reason
	Cause   Cause
	// By is the rule id (or "#n", counted from 1), kill id or prerequisite's flag key: whatever Cause names.
	By string
	// Version is the snapshot that answered; the zero Version where there was none.
	Version Version
	// Problems says what was skipped because this SDK could not read it.
	Problems []string
}

func detailsOf[T any](answer *evaluation.Answer, value T, from *evaluation.Tables) Details[T] {
	version := Version{}
	if from != nil {
		version = from.Version
	}
	return Details[T]{value, answer.Variant, answer.Reason, answer.Cause, answer.By, version, answer.Problems}
}

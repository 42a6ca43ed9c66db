package evaluation

import "sync/atomic"

// Reason is one of OpenFeature's reason names, as far as Sluice uses them.
type Reason string

// The reasons that answers carry.
const (
	Disabled       Reason = "DISABLED"
	TargetingMatch Reason = "TARGETING_MATCH"
	Split          Reason = "SPLIT"
	Static         Reason = "STATIC"
	Default        Reason = "DEFAULT"
	Error          Reason = "ERROR"
)

// Cause is the exact step of the precedence that decided.
type Cause string

// The causes, in the order of precedence; the last three come with reason ERROR.
const (
	CauseKill         Cause = "kill"
	CausePrerequisite Cause = "prerequisite"
	CauseIneligible   Cause = "ineligible"
	CausePin          Cause = "pin"
	CauseExposure     Cause = "exposure"
	CauseRule         Cause = "rule"
	CauseDefault      Cause = "default"
	CauseUnknownFlag  Cause = "unknownFlag"
	CauseWrongType    Cause = "wrongType"
	CauseNoSnapshot   Cause = "noSnapshot"
)

// Answer is what one flag answers for one context. It is made once when the flag is compiled and shared by all callers: never change one.
type Answer struct {
	// Served is false only with reason ERROR, where the caller's default is the value and Value and Variant mean nothing.
	Served bool
	// Value as decoded from JSON: string, float64, bool, nil, []any or map[string]any.
	Value   any
	Variant string
	Reason  Reason
	Cause   Cause
	// By is the rule id (or "#n", counted from 1, where the rule has none), kill id or prerequisite's flag key: whatever Cause names.
	By string
	// Problems says what was skipped because this evaluator could not read it.
	Problems []string
	// Count is how often the answer was given, as far as the asker counts.
	Count *atomic.Uint64

	isBoolean bool
	boolean   bool
}

// Boolean gives the value where it is one, without looking behind an interface: the hot path.
func (a *Answer) Boolean() (value, ok bool) { return a.boolean, a.isBoolean }

// UnknownFlag answers where there is no such flag.
var UnknownFlag = &Answer{Reason: Error, Cause: CauseUnknownFlag, Count: new(atomic.Uint64)}

// WrongType answers where the flag's value is not of the type that was asked for.
var WrongType = &Answer{Reason: Error, Cause: CauseWrongType, Count: new(atomic.Uint64)}

// NoSnapshot answers while nothing was received yet.
var NoSnapshot = &Answer{Reason: Error, Cause: CauseNoSnapshot, Count: new(atomic.Uint64)}

// Asker is the process that asks: what an SDK was configured with. Kill scopes may name it; nil is not stated.
type Asker struct {
	Service *string
	Version *string
}

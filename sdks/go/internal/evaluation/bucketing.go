package evaluation

import (
	"fmt"
	"strconv"
	"strings"
)

// Slots is the number of equal slots that shares and weights are counted in.
const Slots = 100_000

// slotOf places unit texts in slots 0–99,999; made once for a salt.
type slotOf func(unit string) int

// algorithm is a way of bucketing, by salt. variant decides within a split and must not correlate with share.
type algorithm struct {
	share, variant func(salt string) slotOf
}

// unleashVariantSeed is the seed of variants in Unleash's client specification 6.
const unleashVariantSeed = 86_028_157

// unleashWeights is what weights of an Unleash flag add up to, unless its file says otherwise.
const unleashWeights = 1_000

// algorithmOf gives the algorithm of an id; false where this version knows none. Foreign ones (for migrated flags) are further cases here.
// `unleash-v1/N` is `unleash-v1` with weights that add up to N in Unleash, 1–100,000.
func algorithmOf(id string) (algorithm, bool) {
	switch id {
	case "sluice-v1":
		return algorithm{share: slotsOf, variant: func(salt string) slotOf { return slotsOf(salt + ":variant") }}, true
	case "unleash-v1":
		return unleash(unleashWeights), true
	}
	digits, ok := strings.CutPrefix(id, "unleash-v1/")
	if !ok || !isNumber(digits) {
		return algorithm{}, false
	}
	weights, err := strconv.ParseUint(digits, 10, 32)
	return unleash(uint32(weights)), err == nil && weights >= 1 && weights <= Slots
}

// unleash: salt is Unleash's groupId. There "hash % 100 + 1 <= percent" is in, and variants are counted from 1 in the same way,
// up to the sum of their weights.
func unleash(weights uint32) algorithm {
	return algorithm{
		share:   func(salt string) slotOf { return remaindersOf(salt, 100, 0) },
		variant: func(salt string) slotOf { return remaindersOf(salt, weights, unleashVariantSeed) },
	}
}

// Slot places a unit in one of 100,000 equal slots, the same in every SDK.
// MurmurHash3 x86 32-bit, seed 0, over the UTF-8 bytes of salt + ":" + unit; slot = hash × 100000 / 2³², rounded down.
func Slot(salt, unit string) int {
	return slotsOf(valid(salt))(valid(unit))
}

func slotsOf(salt string) slotOf {
	before := prefixOf(salt+":", 0)
	return func(unit string) int { return int(uint64(before.hashAfter(unit)) * Slots >> 32) }
}

// remaindersOf gives the remainder of the hash by steps in place of its upper bits: the first slot of that step.
func remaindersOf(salt string, steps, seed uint32) slotOf {
	before := prefixOf(salt+":", seed)
	return func(unit string) int { return int(uint64(before.hashAfter(unit)%steps) * Slots / uint64(steps)) }
}

// CustomerHash is what snapshots hold instead of customer keys and targetingKeys: the first 64 bits of MurmurHash3 x86 128-bit, seed 0,
// of the UTF-8 bytes of salt + ":" + key, as 16 lower-case hex digits (h1, then h2). salt is the environment's.
func CustomerHash(salt, key string) string {
	return fmt.Sprintf("%016x", murmur128Start(valid(salt), valid(key)))
}

// hashSet holds hashes as numbers: a text that is not 16 lower-case hex digits is nobody's hash.
type hashSet map[uint64]struct{}

func hashSetOf(texts []string) hashSet {
	set := make(hashSet, len(texts))
	for _, text := range texts {
		if hash, ok := parseHash(text); ok {
			set[hash] = struct{}{}
		}
	}
	return set
}

func (s hashSet) has(hash uint64) bool {
	_, ok := s[hash]
	return ok
}

func parseHash(text string) (uint64, bool) {
	for at := range len(text) {
		if (text[at] < '0' || text[at] > '9') && (text[at] < 'a' || text[at] > 'f') {
			return 0, false
		}
	}
	hash, err := strconv.ParseUint(text, 16, 64)
	return hash, err == nil && len(text) == 16
}

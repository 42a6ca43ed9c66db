package evaluation

import (
	"fmt"
	"strconv"
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

// algorithms by the id that flags name. Foreign ones (for migrated flags) are further lines here.
var algorithms = map[string]algorithm{
	"sluice-v1": {share: slotsOf, variant: func(salt string) slotOf { return slotsOf(salt + ":variant") }},
	// Salt is Unleash's groupId. There "hash % 100 + 1 <= percent" is in, and variants are counted in 1/1,000 from 1 in the same way.
	"unleash-v1": {
		share:   func(salt string) slotOf { return remaindersOf(salt, 100, 0) },
		variant: func(salt string) slotOf { return remaindersOf(salt, 1_000, unleashVariantSeed) },
	},
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

// remaindersOf gives the remainder of the hash by parts in place of its upper bits: the first slot of each of that many steps.
func remaindersOf(salt string, parts, seed uint32) slotOf {
	before := prefixOf(salt+":", seed)
	return func(unit string) int { return int(before.hashAfter(unit) % parts * (Slots / parts)) }
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

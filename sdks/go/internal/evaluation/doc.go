// Package evaluation answers flags from a snapshot: pure, total, the same in every language.
//
// Its meaning is docs/decisions/0001-semantics.md and the vectors in conformance/; its file names are those of packages/evaluation.
// Everything that was compiled is immutable, so that any number of goroutines may ask while another swaps.
package evaluation

// Package sluice evaluates feature flags in this process: synchronous, without a network in the way, and never panicking into its host.
//
// A Client keeps one environment's flags at the server's version over a stream. Cut off, it answers the last good flags; before the first
// have arrived, the code's defaults. See README.md.
package sluice

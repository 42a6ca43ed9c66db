// Package testhook lets package sluicetest change what a client serves without a server. Hosts cannot import it.
package testhook

// Offer takes a snapshot (isPatch false) or patch, as text, to a client, and says whether it was swapped in. Package sluice sets it.
var Offer func(client any, text []byte, isPatch bool) error

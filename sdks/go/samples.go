package sluice

import "github.com/sluice-flags/sluice-go/internal/transport"

// SampleCounts say what of contexts this process shows its server, and how much of it.
type SampleCounts = transport.SampleCounts

// Samples are what was sampled of contexts since the client was made.
func (c *Client) Samples() SampleCounts { return c.samples.Counts() }

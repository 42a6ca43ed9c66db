package sluice

import "encoding/json"

// Outcome says how something that a flag is about went.
type Outcome struct {
	// Flag is the key of the flag that it is about.
	Flag string
	// Failed is false where it went well, which is said too: a guard looks at shares.
	Failed bool
}

// Track says how something that a flag is about went for a customer, such as Track("export", user, Outcome{Flag: "billing.invoice-export", Failed: true}):
// also when it went well. It is counted by customer (as a hash), outcome and the variant that the flag answers for this context, and sent as counts alone.
// Without a customer in the context nothing is counted; what no guard of the flag watches is thrown away by the server.
func (c *Client) Track(outcome string, user Context, about Outcome) {
	tables := c.holder.Tables()
	if tables == nil {
		return
	}
	defer func() {
		if fault := recover(); fault != nil {
			c.warnings.fault("Track", fault)
		}
	}()
	answer, customer := tables.Evaluate(about.Flag, user), tables.CustomerHash(user)
	if !answer.Served || customer == "" {
		return
	}
	if !c.outcomes.note(outcomeOf{about.Flag, answer.Variant, outcome, customer}, about.Failed) {
		c.warnings.badOutcome(outcome)
		return
	}
	if c.telemetry != nil {
		c.telemetry.Noted()
	}
}

// batches are what is told to the server, one after the other. Used by the sender's goroutine alone.
type batches struct {
	client   *Client
	instance string
	number   int
	underWay []byte
}

// HasOutcomes is true where outcomes wait, or a batch is under way.
func (b *batches) HasOutcomes() bool { return b.underWay != nil || !b.client.outcomes.isEmpty() }

// IsEmpty is true where there is nothing to tell.
func (b *batches) IsEmpty() bool { return !b.HasOutcomes() && b.client.counts.isTold() }

// Next is the batch to send next: the same until Sent.
func (b *batches) Next() []byte {
	if b.underWay != nil {
		return b.underWay
	}
	outcomes, droppedOutcomes := b.client.outcomes.take()
	answers, droppedAnswers := b.client.counts.take()
	b.number++
	batch := map[string]any{"instance": b.instance, "batch": b.number, "outcomes": outcomes, "droppedOutcomes": droppedOutcomes,
		"answers": answers, "droppedAnswers": droppedAnswers}
	if version, has := b.client.holder.Version(); has {
		batch["applied"] = map[string]any{"epoch": version.Epoch, "seq": version.Seq}
	}
	// Texts and numbers only: never fails.
	b.underWay, _ = json.Marshal(batch)
	return b.underWay
}

// Sent: the server has the batch, or will never take it.
func (b *batches) Sent() { b.underWay = nil }

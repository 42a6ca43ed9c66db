package sluice

import (
	"errors"
	"fmt"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
	"github.com/sluice-flags/sluice-go/internal/serving"
	"github.com/sluice-flags/sluice-go/internal/testhook"
)

var errNotSwapped = errors.New("not taken")

func init() {
	testhook.Offer = func(client any, text []byte, isPatch bool) error {
		c, ok := client.(*Client)
		if !ok {
			return fmt.Errorf("%T is no client", client)
		}
		return c.offer(text, isPatch)
	}
}

func (c *Client) offer(text []byte, isPatch bool) error {
	var offer serving.Offer
	if isPatch {
		patch, err := evaluation.DecodePatch(text)
		if err != nil {
			return err
		}
		offer = c.took(c.intake.Patch(patch, nil))
	} else {
		snapshot, err := evaluation.DecodeSnapshot(text)
		if err != nil {
			return err
		}
		offer = c.took(c.intake.Snapshot(snapshot, nil, nil))
	}
	if offer.Kind != serving.Swapped {
		return fmt.Errorf("%w: %s", errNotSwapped, offer.Why)
	}
	return nil
}

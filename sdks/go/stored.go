package sluice

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/sluice-flags/sluice-go/internal/serving"
)

// loadStored waits for the disk a little; what it gives later is taken where nothing newer has come.
func (c *Client) loadStored(ctx context.Context) {
	loaded := make(chan struct{})
	go func() {
		defer close(loaded)
		if c.cache != nil {
			if stored := c.cache.Load(); stored != nil && ctx.Err() == nil {
				c.restore(stored)
			}
		}
		if _, has := c.holder.Version(); !has && ctx.Err() == nil {
			c.loadBundle()
		}
	}()
	select {
	case <-loaded:
	case <-ctx.Done():
	case <-time.After(diskWait):
	}
}

func (c *Client) loadBundle() {
	name, text := "The bundled snapshot", c.options.Snapshot
	if c.options.SnapshotFile != "" {
		name = "The snapshot file " + c.options.SnapshotFile
		read, err := os.ReadFile(c.options.SnapshotFile)
		if err != nil {
			c.log.Error("sluice.file.unreadable", "message", fmt.Sprintf("%s cannot be read: %v.", name, err))
			return
		}
		text = read
	}
	if text == nil {
		return
	}
	stored, err := serving.ReadStored(text)
	if err != nil {
		c.log.Error("sluice.file.unreadable", "message", fmt.Sprintf("%s cannot be used: %v.", name, err))
		return
	}
	c.restore(stored)
}

func (c *Client) restore(stored *serving.Stored) {
	offer, err := c.intake.Restore(stored)
	if err != nil {
		c.log.Warn("sluice.cache.ignored", "message", fmt.Sprintf("Stored flags are not used: %v.", err))
		return
	}
	c.took(offer)
}

package sluice

import (
	"context"
	"log/slog"
)

// hostLog is the host's handler as the SDK calls it: what panics in it is lost, because there is nowhere else to say it. On the client's own
// goroutine it would end the host's process.
type hostLog struct{ slog.Handler }

func (h hostLog) Enabled(ctx context.Context, level slog.Level) (is bool) {
	defer func() { _ = recover() }()
	return h.Handler.Enabled(ctx, level)
}

func (h hostLog) Handle(ctx context.Context, record slog.Record) error {
	defer func() { _ = recover() }()
	return h.Handler.Handle(ctx, record)
}

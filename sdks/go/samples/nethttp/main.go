// Command nethttp is a small service that asks a flag for each request.
package main

// sluice-disable-file code/no-literal -- a sample that is copied stands alone, without generated code

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
)

func main() {
	flags := sluice.New(sluice.Options{
		URL:      os.Getenv("SLUICE_URL"),
		Key:      os.Getenv("SLUICE_SDK_KEY"),
		Service:  "billing-web",
		Version:  "4.2.0",
		CacheDir: os.Getenv("SLUICE_CACHE"),
	})
	defer flags.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	flags.Ready(ctx)
	server := &http.Server{Addr: "127.0.0.1:8080", Handler: handler(flags), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		slog.Error("the server ended", "error", err)
	}
}

// handler answers GET /invoices for the customer and user that the request names.
func handler(flags *sluice.Client) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /invoices", func(w http.ResponseWriter, r *http.Request) {
		user := sluice.NewContext(r.Header.Get("X-User"), map[string]any{"customer": r.Header.Get("X-Customer")})
		if flags.Boolean("billing.invoice-export", false, user) {
			_, _ = fmt.Fprintln(w, "invoices, and a button that exports them")
			return
		}
		_, _ = fmt.Fprintln(w, "invoices")
	})
	return mux
}

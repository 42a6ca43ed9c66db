package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/sluice-flags/sluice-go/sluicetest"
)

func get(t *testing.T, url string) string {
	t.Helper()
	reply, err := http.Get(url + "/invoices")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExportFollowsTheFlag(t *testing.T) {
	flags := sluicetest.New(t, sluicetest.Flags{"billing.invoice-export": false})
	server := httptest.NewServer(handler(flags.Client))
	defer server.Close()
	if got := get(t, server.URL); got != "invoices\n" {
		t.Errorf("off: %q", got)
	}
	sluicetest.WithFlag(t, flags, "billing.invoice-export", true)
	if got := get(t, server.URL); !strings.Contains(got, "exports") {
		t.Errorf("on: %q", got)
	}
}

// TestReadme: each block of Go in the README is text of this sample.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source := ""
	for _, name := range []string{"main.go", "main_test.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source += string(text)
	}
	blocks := strings.Split(string(readme), "```go\n")[1:]
	for _, block := range blocks {
		code, _, _ := strings.Cut(block, "```")
		if !strings.Contains(source, code) {
			t.Errorf("not in the sample:\n%s", code)
		}
	}
	if len(blocks) < 3 {
		t.Errorf("only %d blocks", len(blocks))
	}
}

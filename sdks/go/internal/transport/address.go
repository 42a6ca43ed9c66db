package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// SDKName is the name and version that this SDK reports.
const SDKName = "go/0.1.0"

// headerBytesMax: a service name above this is cut, because header blocks are limited to 16 KiB.
const headerBytesMax = 200

// Address is where the server is and who asks.
type Address struct {
	// Base has no slash at the end; a path prefix is kept.
	Base, Key string
	// Instance is unique per process.
	Instance, Service, Version string
	HTTP                       http.RoundTripper
}

// ParseBase gives the base of a web address; false where the text is none.
func ParseBase(text string) (string, bool) {
	parsed, err := url.Parse(text)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return "", false
	}
	return parsed.Scheme + "://" + parsed.Host + strings.TrimRight(parsed.EscapedPath(), "/"), true
}

// NewHTTP makes the way to the server: through the proxy where one is named, else as the environment's HTTPS_PROXY and NO_PROXY say;
// with the authorities of caFile besides the system's.
func NewHTTP(proxy, caFile string) (*http.Transport, error) {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxIdleConnsPerHost: 2,
		IdleConnTimeout:     time.Minute,
		TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if proxy != "" {
		parsed, err := url.Parse(proxy)
		if err != nil || parsed.Host == "" {
			return transport, fmt.Errorf("proxy %q is not a web address", proxy)
		}
		transport.Proxy = http.ProxyURL(parsed)
	}
	if caFile != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		text, err := os.ReadFile(caFile)
		if err != nil {
			return transport, fmt.Errorf("the certificates in %s cannot be read: %w", caFile, err)
		}
		if !pool.AppendCertsFromPEM(text) {
			return transport, fmt.Errorf("there is no certificate in %s", caFile)
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	return transport, nil
}

// send makes a request with the key and the names of this process. Redirects are not followed: a flag server does not move, and a key must not be
// sent elsewhere.
func (a *Address) send(ctx context.Context, method, path string, headers map[string]string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.Base+path, body)
	if err != nil {
		return nil, fmt.Errorf("no request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+visible(a.Key))
	request.Header.Set("Sluice-Instance", a.Instance)
	request.Header.Set("Sluice-Sdk", SDKName)
	for name, text := range map[string]string{"Sluice-Service": a.Service, "Sluice-App-Version": a.Version} {
		if text != "" {
			shown := visible(text)
			request.Header.Set(name, shown[:min(len(shown), headerBytesMax)])
		}
	}
	for name, text := range headers {
		request.Header.Set(name, text)
	}
	client := &http.Client{Transport: a.HTTP, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return client.Do(request)
}

// visible: header values are visible ASCII; anything else would be refused by the HTTP client or end the header early.
func visible(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, text)
}

var errTooLarge = errors.New("the answer is larger than the limit")

// readAll reads a body of at most this many bytes, after decompression.
func readAll(body io.Reader, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, most+1))
	if err == nil && int64(len(text)) > most {
		err = errTooLarge
	}
	return text, err
}

// whyFailed gives the network's reason in a few words, without the address, which the message has already.
func whyFailed(err error) string {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	return err.Error()
}

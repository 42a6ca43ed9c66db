package sluice

import (
	"sync/atomic"
	"time"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

// requestMax: a request is answered from one version for so long. Whoever forgets to let go of one must not outlive a kill.
const requestMax = 30 * time.Second

// Request answers from the version that was served when it was made, kills included, so that two flags of one request or job agree although a change
// arrives in between. It is safe for any number of goroutines. Let go of it when the request ends: after 30 s it answers from the newest flags.
type Request struct {
	client *Client
	held   *evaluation.Tables
	until  time.Time
	isOver atomic.Bool
}

// ForRequest begins a request.
func (c *Client) ForRequest() *Request {
	return &Request{client: c, held: c.holder.Tables(), until: time.Now().Add(requestMax)}
}

func (r *Request) tables() *evaluation.Tables {
	if r.isOver.Load() {
		return r.client.holder.Tables()
	}
	if !time.Now().Before(r.until) {
		r.isOver.Store(true)
		return r.client.holder.Tables()
	}
	return r.held
}

// Boolean is Client.Boolean for this request.
func (r *Request) Boolean(key string, fallback bool, user Context) bool {
	return r.client.boolean(r.tables(), key, fallback, user)
}

// String is Client.String for this request.
func (r *Request) String(key, fallback string, user Context) string {
	return r.client.text(r.tables(), key, fallback, user)
}

// Number is Client.Number for this request.
func (r *Request) Number(key string, fallback float64, user Context) float64 {
	return r.client.number(r.tables(), key, fallback, user)
}

// Object is Client.Object for this request.
func (r *Request) Object(key string, fallback any, user Context) any {
	return r.ObjectDetails(key, fallback, user).Value
}

// BooleanDetails is Client.BooleanDetails for this request.
func (r *Request) BooleanDetails(key string, fallback bool, user Context) Details[bool] {
	return r.client.booleanDetails(r.tables(), key, fallback, user)
}

// StringDetails is Client.StringDetails for this request.
func (r *Request) StringDetails(key, fallback string, user Context) Details[string] {
	return r.client.textDetails(r.tables(), key, fallback, user)
}

// NumberDetails is Client.NumberDetails for this request.
func (r *Request) NumberDetails(key string, fallback float64, user Context) Details[float64] {
	return r.client.numberDetails(r.tables(), key, fallback, user)
}

// ObjectDetails is Client.ObjectDetails for this request.
func (r *Request) ObjectDetails(key string, fallback any, user Context) Details[any] {
	return r.client.objectDetails(r.tables(), key, fallback, user)
}

// Version of what this request is answered from; false while nothing was received.
func (r *Request) Version() (Version, bool) {
	if tables := r.tables(); tables != nil {
		return tables.Version, true
	}
	return Version{}, false
}

package sluice

import (
	"fmt"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

// Boolean answers true or false. The default is answered where the flag is unknown, of another type, or nothing was received yet.
// It allocates nothing.
func (c *Client) Boolean(key string, fallback bool, user Context) bool {
	return c.boolean(c.holder.Tables(), key, fallback, user)
}

// String answers a text; as Boolean.
func (c *Client) String(key, fallback string, user Context) string {
	return c.text(c.holder.Tables(), key, fallback, user)
}

// Number answers a number; as Boolean.
func (c *Client) Number(key string, fallback float64, user Context) float64 {
	return c.number(c.holder.Tables(), key, fallback, user)
}

// Object answers an object or list as encoding/json decodes it (map[string]any, []any): a copy, which is the caller's.
// Its inner shape is the flag's, so check what you rely on.
func (c *Client) Object(key string, fallback any, user Context) any {
	return c.ObjectDetails(key, fallback, user).Value
}

// BooleanDetails is Boolean with variant, reason, cause and version.
func (c *Client) BooleanDetails(key string, fallback bool, user Context) Details[bool] {
	return c.booleanDetails(c.holder.Tables(), key, fallback, user)
}

// StringDetails is String with variant, reason, cause and version.
func (c *Client) StringDetails(key, fallback string, user Context) Details[string] {
	return c.textDetails(c.holder.Tables(), key, fallback, user)
}

// NumberDetails is Number with variant, reason, cause and version.
func (c *Client) NumberDetails(key string, fallback float64, user Context) Details[float64] {
	return c.numberDetails(c.holder.Tables(), key, fallback, user)
}

// ObjectDetails is Object with variant, reason, cause and version.
func (c *Client) ObjectDetails(key string, fallback any, user Context) Details[any] {
	return c.objectDetails(c.holder.Tables(), key, fallback, user)
}

func (c *Client) boolean(from *evaluation.Tables, key string, fallback bool, user Context) bool {
	answer := c.ask(from, key, user)
	if value, ok := answer.Boolean(); ok {
		return value
	}
	c.checkType(key, "boolean", answer)
	return fallback
}

func (c *Client) text(from *evaluation.Tables, key, fallback string, user Context) string {
	answer := c.ask(from, key, user)
	if value, ok := answer.Value.(string); ok {
		return value
	}
	c.checkType(key, "string", answer)
	return fallback
}

func (c *Client) number(from *evaluation.Tables, key string, fallback float64, user Context) float64 {
	answer := c.ask(from, key, user)
	if value, ok := answer.Value.(float64); ok {
		return value
	}
	c.checkType(key, "number", answer)
	return fallback
}

func (c *Client) booleanDetails(from *evaluation.Tables, key string, fallback bool, user Context) Details[bool] {
	answer := c.askTyped(from, key, "boolean", user)
	if value, ok := answer.Boolean(); ok {
		return detailsOf(answer, value, from)
	}
	return detailsOf(answer, fallback, from)
}

func (c *Client) textDetails(from *evaluation.Tables, key, fallback string, user Context) Details[string] {
	answer := c.askTyped(from, key, "string", user)
	if value, ok := answer.Value.(string); ok {
		return detailsOf(answer, value, from)
	}
	return detailsOf(answer, fallback, from)
}

func (c *Client) numberDetails(from *evaluation.Tables, key string, fallback float64, user Context) Details[float64] {
	answer := c.askTyped(from, key, "number", user)
	if value, ok := answer.Value.(float64); ok {
		return detailsOf(answer, value, from)
	}
	return detailsOf(answer, fallback, from)
}

func (c *Client) objectDetails(from *evaluation.Tables, key string, fallback any, user Context) Details[any] {
	answer := c.askTyped(from, key, "object", user)
	if answer.Served {
		return detailsOf(answer, copyOf(answer.Value), from)
	}
	return detailsOf(answer, fallback, from)
}

// ask is the way of every question. A fault of our own is logged and answered with the default: it is never the host's.
func (c *Client) ask(from *evaluation.Tables, key string, user Context) (answer *evaluation.Answer) {
	if from == nil {
		c.counts.defaulted(key, evaluation.CauseNoSnapshot)
		return evaluation.NoSnapshot
	}
	defer func() {
		if fault := recover(); fault != nil {
			c.warnings.fault("evaluation", fault)
			answer = evaluation.NoSnapshot
		}
	}()
	answer = from.Evaluate(key, user)
	count := answer.Count.Add(1)
	c.samples.Answered(count, user)
	if count == 1 || answer == evaluation.UnknownFlag {
		c.note(key, answer, from)
	}
	if c.countedFlags != nil && c.countedFlags[key] && answer.Served {
		if customer := from.CustomerHash(user); customer != "" {
			c.counts.ofCustomer(key, answer, customer)
		}
	}
	return answer
}

func (c *Client) askTyped(from *evaluation.Tables, key, asked string, user Context) *evaluation.Answer {
	answer := c.ask(from, key, user)
	if !answer.Served || answer.IsOf(asked) {
		return answer
	}
	c.checkType(key, asked, answer)
	return evaluation.WrongType
}

func (c *Client) checkType(key, asked string, answer *evaluation.Answer) {
	if answer.Served && !answer.IsOf(asked) {
		c.counts.defaulted(key, evaluation.CauseWrongType)
		c.warnings.wrongType(key, asked, typeWords(answer.Value))
	}
}

// note is asked for the first answer of its kind, and for unknown flags.
func (c *Client) note(key string, answer *evaluation.Answer, from *evaluation.Tables) {
	isKnown := answer != evaluation.UnknownFlag
	if !isKnown {
		c.counts.defaulted(key, evaluation.CauseUnknownFlag)
	}
	if !c.keys.Note(key, isKnown) {
		return
	}
	if !isKnown {
		c.warnings.unknownKey(key, from)
	}
	if c.confirmer != nil {
		c.confirmer.KeysNoted()
	}
}

func typeWords(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case bool:
		return "boolean"
	case float64:
		return "number"
	default:
		return fmt.Sprintf("%T", value)
	}
}

// copyOf keeps callers from changing what all of them share.
func copyOf(value any) any {
	switch value := value.(type) {
	case []any:
		list := make([]any, len(value))
		for at, item := range value {
			list[at] = copyOf(item)
		}
		return list
	case map[string]any:
		members := make(map[string]any, len(value))
		for name, member := range value {
			members[name] = copyOf(member)
		}
		return members
	default:
		return value
	}
}

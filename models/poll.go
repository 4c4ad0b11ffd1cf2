package models

import (
	"strings"
	"time"
)

// Poll is one answered request for the changes of a filter.
type Poll struct {
	Key    APIKey
	Filter ChangeFilter
	At     time.Time     // real
	GoesOn bool          // from a token, and not from now or from the oldest change
	Gone   bool          // the changes after its token are no longer kept
	Known  *time.Time    // real: what took effect until then has been read; nil where the answer does not say
	From   []ChangePlace // of its token
	To     []ChangePlace // how far the answer came
}

// PollingConsumer is how whoever polls with an API key and a filter stands.
type PollingConsumer struct {
	Source   string
	Prefix   string     // of the key
	Entities string     // with commas between them; empty for all
	DCs      string     // likewise
	PolledAt *time.Time // real: the last poll that was answered with changes, or with none, before GoneAt
	KnownAt  *time.Time // real: what took effect until then has been read
	GoneAt   *time.Time // real: since when its token leads nowhere; nil while it does
	Exported bool       // has read the exports since GoneAt, and not yet gone on from them
}

// Reads is what the consumer reads, in words.
func (c PollingConsumer) Reads() string {
	what := "everything"
	if c.Entities != "" {
		what = strings.NewReplacer(",", ", ", "_", " ").Replace(c.Entities)
	}
	if c.DCs != "" {
		what += " at " + strings.ReplaceAll(c.DCs, ",", ", ")
	}
	return what
}

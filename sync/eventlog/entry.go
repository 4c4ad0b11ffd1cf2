package eventlog

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"

	"throughline/models"
	"throughline/models/store"
)

// NewEntry completes an event for the log: its shard, a trace when it came with
// none, the hash of its source and id by which it is known again, and the
// fingerprint of what it says. Data must be JSON; Key and Type must be set.
func NewEntry(e models.Event, shards models.Shards) store.Entry {
	if e.TraceID == "" {
		e.TraceID = newTraceID()
	}
	e.Shard = shards.Of(e.Type.Lane(), e.Key)
	return store.Entry{
		Event:       e,
		Hash:        HashOf(e.Source, e.ID),
		Fingerprint: digest(string(e.Type), e.Subject, compact(e.Data)),
	}
}

// HashOf is by what the log knows an event of a source again.
func HashOf(source, id string) store.Digest { return digest(source, id, "") }

// newTraceID is 32 random hex digits.
func newTraceID() string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()|1) // all zeros are no trace
	return hex.EncodeToString(id[:])
}

// conflictHash is the key under which a second content of a known id is stored, once.
func conflictHash(e *store.Entry) store.Digest {
	return digest("conflict", "", string(e.Hash[:])+string(e.Fingerprint[:]))
}

// digest hashes parts of which only the last may hold a NUL byte.
func digest(a, b, c string) store.Digest {
	const usual = 1024
	text := append(make([]byte, 0, usual), a...)
	text = append(append(append(append(text, 0), b...), 0), c...)
	sum := sha256.Sum256(text)
	return store.Digest(sum[:len(store.Digest{})])
}

// compact removes the white space between the tokens of JSON text. Numbers keep
// their text: 1.0 and 1 are two contents.
func compact(data string) string {
	if !strings.ContainsAny(data, " \t\r\n") {
		return data
	}
	out := make([]byte, 0, len(data))
	inString := false
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case inString && c == '\\' && i+1 < len(data):
			out = append(out, c)
			i++
			c = data[i]
		case c == '"':
			inString = !inString
		case !inString && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
)

// ChangePlace is how far a reader of the change log has come in one shard:
// through the row at Pos, and in the row after it through the event Seq, 0 when
// nothing of it was read.
type ChangePlace struct {
	Shard int16 `json:"shard"`
	Pos   int64 `json:"pos"`
	Seq   int64 `json:"seq"`
}

const (
	deltaVersion  = 1
	deltaSum      = 8
	deltaHead     = 1 + 8
	maxPlaces     = 1 << 12
	maxDeltaToken = 1 << 16
)

// EncodeDelta makes the token from which the changes of a filter go on. It is
// bound to the filter as the key sees it, and carries a checksum.
func EncodeDelta(places []ChangePlace, f ChangeFilter, key APIKey) string {
	digest := f.digest(key)
	b := append([]byte{deltaVersion}, digest[:]...)
	for _, p := range places {
		b = binary.AppendUvarint(b, uint64(p.Shard))
		b = binary.AppendUvarint(b, uint64(p.Pos))
		b = binary.AppendUvarint(b, uint64(p.Seq))
	}
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(append(b, sum[:deltaSum]...))
}

// DecodeDelta reads a token that EncodeDelta made for the same filter and key.
// CodeInvalid with ErrMalformed says what to do about any other.
func DecodeDelta(token string, f ChangeFilter, key APIKey) ([]ChangePlace, error) {
	broken := malformed("This delta token was not made here or was changed on its way. " +
		"Send the last token exactly as it came, or begin again with GET /api/v1/export/{entity}.")
	if len(token) > maxDeltaToken {
		return nil, broken
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < deltaHead+deltaSum {
		return nil, broken
	}
	b, claimed := b[:len(b)-deltaSum], b[len(b)-deltaSum:]
	if sum := sha256.Sum256(b); !bytes.Equal(sum[:deltaSum], claimed) {
		return nil, broken
	}
	if b[0] != deltaVersion {
		return nil, malformed("This delta token is of another version of Throughline. Begin again with GET /api/v1/export/{entity}.")
	}
	if digest := f.digest(key); !bytes.Equal(b[1:deltaHead], digest[:]) {
		return nil, malformed("This delta token belongs to another filter. Send the entity and dc parameters, and the kind of API key, " +
			"that it was made with; another filter begins with GET /api/v1/export/{entity}.")
	}
	places, ok := readPlaces(b[deltaHead:])
	if !ok {
		return nil, broken
	}
	return places, nil
}

func readPlaces(b []byte) (places []ChangePlace, ok bool) {
	for len(b) > 0 {
		var values [3]uint64
		for i := range values {
			v, n := binary.Uvarint(b)
			if n <= 0 || v > math.MaxInt64 {
				return nil, false
			}
			values[i], b = v, b[n:]
		}
		if values[0] > math.MaxInt16 || len(places) == maxPlaces {
			return nil, false
		}
		places = append(places, ChangePlace{Shard: int16(values[0]), Pos: int64(values[1]), Seq: int64(values[2])})
	}
	return places, true
}
